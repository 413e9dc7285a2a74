"""Communities split or their border moved (社区析置): what was done, where plots were."""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import SCHEMA, code, identity, loose_reference, metadata, one_of

former_plot = Table(
    "former_plot",
    metadata,
    Column(
        "tessellation_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.tessellation.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "plot_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.plot.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    code(),
    comment="plots that belonged to a tessellation before their community was split",
)

division_change = Table(
    "division_change",
    metadata,
    identity(),
    code(),
    *one_of("kind", ("split", "border", "official_code")),
    Column("on_date", Date, nullable=False, comment="the first day that it holds"),
    Column("document_number", Text, comment="文号"),
    loose_reference("plan_id", "plan"),
    Column("summary", JSONB, nullable=False, comment="which communities became which"),
    Column("before", JSONB, nullable=False, comment="what was written over, to take it back"),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("taken_back_by", Text),
    Column("taken_back_at", DateTime(timezone=True)),
)
