"""Scans and pictures of plans that are pinned to the map."""

from alembic import op

from data.migrations.sql import run_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table, as the SQL file says."""
    run_file(op.get_bind(), __file__)
