"""Sessions, one-time links, attempts to sign in. The accounts are ``app_user``.

What a browser or a person holds is never here: only its SHA-256.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    func,
)

from data.rows.columns import SCHEMA, code, identity, metadata


def _user() -> Column:
    return Column(
        "user_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.app_user.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    )


user_session = Table(
    "user_session",
    metadata,
    identity(),
    code(),
    _user(),
    Column("token_sha256", LargeBinary, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ends_at", DateTime(timezone=True), nullable=False),
)

set_up_link = Table(
    "set_up_link",
    metadata,
    identity(),
    code(),
    _user(),
    Column("token_sha256", LargeBinary, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    identity(),
    Column("login", Text, nullable=False, comment="as typed, lower case; maybe nobody's"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("succeeded", Boolean, nullable=False, server_default="false"),
    Index("ix_sign_in_attempt_login", "login", "at"),
)
