"""Plans: which plot belongs to which grid, from a draft to a plan in force."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from data.rows.columns import (
    SCHEMA,
    code,
    geometry,
    identity,
    loose_reference,
    metadata,
    one_of,
    reference,
)

grid = Table(
    "grid",
    metadata,
    identity(),
    code(),
    *one_of("type", ("general", "dedicated")),
    Column("upstream_code", Text, comment="the upstream platform's code"),
    Column("valid_from", Date),
    Column("valid_to", Date),
)

area = Table(
    "area",
    metadata,
    identity(),
    code(),
    Column("name", Text, nullable=False, comment="片区"),
    Column("number", Integer),
    Column("households", Integer, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    geometry("MULTIPOLYGON"),
)

plan = Table(
    "plan",
    metadata,
    identity(),
    code(),
    Column("name", Text, nullable=False),
    Column("stage", Text, nullable=False, comment="one of the county's stages (policy.stages)"),
    loose_reference("parent_id", "plan"),
    loose_reference("snapshot_id", "count_snapshot"),
    Column("version", Integer, nullable=False, server_default="1", comment="optimistic lock"),
    Column("document_number", Text, comment="文号"),
    Column("findings", JSONB, nullable=False, server_default="[]"),
    Column("certificate", JSONB),
    Column("published_at", DateTime(timezone=True), comment="immutable from then on"),
    Column(
        "numbered_at",
        DateTime(timezone=True),
        comment="when the numbers of its grids became final: as it left the first stage; NULL"
        " while a draft",
    ),
    Column(
        "before",
        JSONB,
        comment="grids [[id, type, valid_from, valid_to], …] and stations [[id, grid, code], …]"
        " before it",
    ),
    Column(
        "is_branch",
        Boolean,
        nullable=False,
        server_default="false",
        comment="keeps work that was refused because somebody else saved first",
    ),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

plan_community = Table(
    "plan_community",
    metadata,
    identity(),
    code(),
    reference("plan_id", "plan"),
    reference("community_id", "division"),
    reference("tessellation_id", "tessellation", nullable=True),
    Column("in_force_from", Date),
    Column("in_force_to", Date),
    UniqueConstraint("plan_id", "community_id"),
    CheckConstraint("in_force_to > in_force_from", name="dates"),
    # One plan in force per community and day.
    ExcludeConstraint(
        ("community_id", "="),
        (func.daterange(Column("in_force_from"), Column("in_force_to")), "&&"),
        name="ex_plan_community_in_force",
        using="gist",
        where="in_force_from IS NOT NULL",
    ),
)

plan_grid = Table(
    "plan_grid",
    metadata,
    Column(
        "plan_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.plan.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "grid_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.grid.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    code(),
    reference("community_id", "division", nullable=True),
    loose_reference("area_id", "area"),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("households", Integer, nullable=False, comment="by the policy's measure"),
    Column("persons", Integer),
    Column("buildings", Integer, nullable=False),
    Column("plots", Integer, nullable=False),
    Column("area_m2", Float, nullable=False),
    geometry("MULTIPOLYGON"),
    geometry("POINT", name="label_point"),
)

plan_assignment = Table(
    "plan_assignment",
    metadata,
    Column(
        "plan_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.plan.id", ondelete="CASCADE"),
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
    reference("grid_id", "grid"),
)

plan_operation = Table(
    "plan_operation",
    metadata,
    identity(),
    code(),
    reference("plan_id", "plan"),
    Column("sequence", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("moves", JSONB, nullable=False, comment="[[plot, from grid, to grid], …]"),
    Column("is_undone", Boolean, nullable=False, server_default="false"),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    reference("community_id", "division", nullable=True),
    Column("of_sequence", Integer, comment="the operation that this one undoes or redoes"),
    Column(
        "is_superseded",
        Boolean,
        nullable=False,
        server_default="false",
        comment="undone, then another way was taken: it cannot be redone",
    ),
    Column("token", Text, comment="of the stroke, so that a repeated send does nothing"),
    UniqueConstraint("plan_id", "sequence"),
    UniqueConstraint("plan_id", "token"),
)

draft_grid = Table(
    "draft_grid",
    metadata,
    Column(
        "plan_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.plan.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "grid_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.grid.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    code(),
    reference("community_id", "division"),
    Column("number", Integer, nullable=False, comment="provisional for a new grid"),
    Column("name", Text, nullable=False),
    *one_of("type", ("general", "dedicated")),
    Column("is_new", Boolean, nullable=False, server_default="false"),
    Column("is_locked", Boolean, nullable=False, server_default="false"),
    loose_reference("area_id", "area"),
    comment="every grid that a draft has or had, with plots or without",
)

draft_plot_lock = Table(
    "draft_plot_lock",
    metadata,
    Column(
        "plan_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.plan.id", ondelete="CASCADE"),
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
)

plan_attachment = Table(
    "plan_attachment",
    metadata,
    identity(),
    code(),
    reference("plan_id", "plan"),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="the scan of the stamped document"),
    Column("by", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

plan_stage = Table(
    "plan_stage",
    metadata,
    identity(),
    code(),
    reference("plan_id", "plan"),
    Column("stage", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("by", Text, nullable=False),
    Column("comment", Text),
    Column("document_number", Text),
    Column("attachment", JSONB, comment="file name, size, sha256 of the stamped scan"),
)

plan_waiver = Table(
    "plan_waiver",
    metadata,
    identity(),
    code(),
    reference("plan_id", "plan"),
    loose_reference("grid_id", "grid"),
    Column("finding", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("pieces", Integer, comment="how many pieces the grid may have"),
    Column("households", Integer, comment="how many households the grid may hold"),
    geometry("MULTIPOLYGON", nullable=True),
)

grid_code = Table(
    "grid_code",
    metadata,
    identity(),
    code(),
    reference("grid_id", "grid"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)
Index("ix_plan_grid_plan_code", plan_grid.c.plan_id, plan_grid.c.code)
