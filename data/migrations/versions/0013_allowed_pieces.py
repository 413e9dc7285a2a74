"""A waiver of a grid in pieces says how many pieces it may have."""

from alembic import op

from data.migrations.sql import run_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column, as the SQL file says."""
    run_file(op.get_bind(), __file__)
