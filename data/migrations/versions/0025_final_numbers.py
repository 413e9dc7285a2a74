"""Numbers that are final when a draft leaves 草稿, and waivers for what they were given for."""

from alembic import op

from data.migrations.sql import run_file

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add the columns, as the SQL file says."""
    run_file(op.get_bind(), __file__)
