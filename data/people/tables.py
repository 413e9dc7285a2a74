"""Sessions, links, attempts, second steps, known devices. The accounts are ``app_user``.

What a browser or a person holds is never here: only its SHA-256.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
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
    Column("needs", Text, comment="what is still asked for before it is one; null = nothing"),
    CheckConstraint("needs IN ('code', 'factor')", name="needs"),
    Column("address", Text, comment="where the browser is"),
    Column("agent", Text, comment="what the browser calls itself"),
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
    Column("kind", Text, nullable=False, server_default="password"),
    CheckConstraint("kind IN ('password', 'code')", name="kind"),
    Column(
        "source",
        Text,
        nullable=False,
        server_default="",
        comment="an address, or a device that this login knows",
    ),
    Index("ix_sign_in_attempt_login", "login", "at"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    identity(),
    _user(),
    Column("digest", LargeBinary, nullable=False, comment="HMAC with the key of the state folder"),
    Column("used_at", DateTime(timezone=True)),
    UniqueConstraint("user_id", "digest"),
)

known_device = Table(
    "known_device",
    metadata,
    identity(),
    _user(),
    Column("token_sha256", LargeBinary, nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("user_id", "token_sha256"),
)

past_password = Table(
    "past_password",
    metadata,
    identity(),
    _user(),
    Column("password_hash", Text, nullable=False),
)
