"""Communities split or their border moved: plots of former tessellations, what was changed."""

from alembic import op

from data.migrations.sql import run_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables, as the SQL file says."""
    run_file(op.get_bind(), __file__)
