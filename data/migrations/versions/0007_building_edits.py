"""Building edits: the desk's log with undo, and a version on every building."""

from alembic import op

from data.migrations.sql import run_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table and the column, as the SQL file says."""
    run_file(op.get_bind(), __file__)
