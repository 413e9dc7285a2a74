"""Users with scope, the append-only audit with its seals, and the record of imports."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from data.rows.columns import code, identity, made_in, metadata, one_of
from layers.kit.principal import ROLES

app_user = Table(
    "app_user",
    metadata,
    identity(),
    Column("code", Text, nullable=False, comment="scope: a prefix of the division code"),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    *one_of("role", ROLES),
    Column("password_hash", Text, comment="argon2; null = cannot sign in"),
    Column(
        "second_factor",
        LargeBinary,
        comment="secret of the codes, sealed with the key of the state folder",
    ),
    Column(
        "second_factor_at",
        DateTime(timezone=True),
        comment="when its first code was right; null = not in use",
    ),
    Column(
        "second_factor_step",
        BigInteger,
        comment="half minute (Unix time / 30) of the last code that was used",
    ),
    Column(
        "openid_subject",
        Text,
        unique=True,
        comment="issuer and subject of an OpenID Connect provider",
    ),
    Column("is_active", Boolean, nullable=False, server_default="true"),
    Column("seen_at", DateTime(timezone=True), comment="when the person last did anything"),
    CheckConstraint("code ~ '^[0-9]{2,15}$'", name="scope"),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    identity(),
    code(),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Column("role", Text, comment="of the actor; null = none was needed"),
    Column("origin", Text, comment="address of the browser, or the command or job"),
    Index("ix_audit_entry_at", "at", "id"),
    Index("ix_audit_entry_action", "action", "at"),
)

gate_key = Table(
    "gate_key",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="SHA-256 of the keys that open the tables of people who sign in",
)

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("to_at", DateTime(timezone=True), nullable=False, comment="not in the interval itself"),
    Column("ids", ARRAY(BigInteger), nullable=False, comment="of the entries, rising"),
    Column("leaves", LargeBinary, nullable=False, comment="32 bytes an entry, as ids"),
    Column("root", LargeBinary, nullable=False, comment="Merkle root of the leaves"),
    Column("previous", LargeBinary, nullable=False, comment="SHA-256 of the seal before"),
    Column("key", Text, nullable=False, comment="fingerprint of the public key"),
    Column("signature", LargeBinary, nullable=False, comment="Ed25519"),
    Column("sealed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_audit_seal_to_at", "to_at"),
)

import_run = Table(
    "import_run",
    metadata,
    identity(),
    code(),
    made_in(),
    Column("kind", Text, nullable=False, comment="as in getu import --as"),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("rows_read", Integer, nullable=False),
    Column("rows_written", Integer, nullable=False),
    Column("notes", JSONB, nullable=False, server_default="[]", comment="mappings and fallbacks"),
    Column("made_by", Text, nullable=False),
    Column("as_of", Date, comment="the date that the file stands for"),
    Column(
        "changes",
        JSONB,
        nullable=False,
        server_default="{}",
        comment="how many rows were new, changed, unchanged, gone",
    ),
)
