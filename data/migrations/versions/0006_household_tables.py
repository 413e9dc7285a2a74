"""Household tables as offices send them: uploads, their rows, and what was ruled about names."""

from alembic import op

from data.migrations.sql import run_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the three tables, as the SQL file says."""
    run_file(op.get_bind(), __file__)
