"""Days as files told them: they go before those that the program brings along (published.py)."""

from sqlalchemy import Column, Date, PrimaryKeyConstraint, Table, Text

from data.rows.columns import metadata, one_of

DAY_KINDS = ("working", "weekend", "holiday", "make_up")

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("code", Text, nullable=False, comment="whose days: '' the country's, or a prefix"),
    Column("day", Date, nullable=False),
    *one_of("kind", DAY_KINDS),
    Column("source", Text, nullable=False),
    PrimaryKeyConstraint("code", "day"),
)
