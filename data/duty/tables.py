"""Who answers for what: organisations, office holders, posts with dated holders."""

from sqlalchemy import CheckConstraint, Column, Date, Index, Table, Text

from data.rows.columns import code, identity, loose_reference, metadata, one_of, reference

organisation = Table(
    "organisation",
    metadata,
    identity(),
    code(),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    loose_reference("parent_id", "organisation"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

grid_organisation = Table(
    "grid_organisation",
    metadata,
    identity(),
    code(),
    reference("grid_id", "grid"),
    reference("organisation_id", "organisation"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

office_holder = Table(
    "office_holder",
    metadata,
    identity(),
    code(),
    Column("name", Text, nullable=False, comment="holders of posts only; never residents"),
    Column("rank", Text),
    loose_reference("organisation_id", "organisation"),
    Column("external_id", Text, comment="the number of the person in the files that name them"),
)

post = Table(
    "post",
    metadata,
    identity(),
    code(),
    Column("kind", Text, nullable=False, comment="glossary: grid_chief, area_chief …"),
    Column("title", Text, nullable=False),
    *one_of("subject", ("division", "area", "grid", "building", "organisation")),
    reference("division_id", "division", nullable=True),
    reference("area_id", "area", nullable=True),
    reference("grid_id", "grid", nullable=True),
    reference("building_id", "building", nullable=True),
    reference("organisation_id", "organisation", nullable=True),
    CheckConstraint(
        "num_nonnulls(division_id, area_id, grid_id, building_id, organisation_id) = 1",
        name="one_subject",
    ),
)

post_holding = Table(
    "post_holding",
    metadata,
    identity(),
    code(),
    reference("post_id", "post"),
    reference("office_holder_id", "office_holder"),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("external_id", Text),
    Column("source", Text),
)
Index(
    "uq_post_holding_external",
    post_holding.c.source,
    post_holding.c.external_id,
    post_holding.c.code,
    unique=True,
    postgresql_where=post_holding.c.external_id.isnot(None),
)
