"""The second step of signing in, known devices, past passwords."""

from alembic import op

from data.migrations.sql import run_file

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the tables, as the SQL file says."""
    run_file(op.get_bind(), __file__)
