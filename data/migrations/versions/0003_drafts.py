"""Drafts of plans: their log by community, their grids and locks, scans of stamped documents."""

from alembic import op

from data.migrations.sql import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns and tables as the SQL file says."""
    run_file(op.get_bind(), __file__)
