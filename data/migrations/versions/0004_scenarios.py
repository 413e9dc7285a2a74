"""Scenarios of stations that are tried out, and siting questions with their answers."""

from alembic import op

from data.migrations.sql import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the two tables, as the SQL file says."""
    run_file(op.get_bind(), __file__)
