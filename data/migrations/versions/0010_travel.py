"""Travel profiles of a county, and a version for each part of its data that circles rest on."""

from alembic import op

from data.migrations.sql import run_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the two tables and the triggers, as the SQL file says."""
    run_file(op.get_bind(), __file__)
