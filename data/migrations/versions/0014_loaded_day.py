"""The day that a county was loaded for, beside the day that its newest figures stand for."""

from alembic import op

from data.migrations.sql import run_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column, as the SQL file says."""
    run_file(op.get_bind(), __file__)
