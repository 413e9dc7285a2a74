"""Working days as files tell them, beside those that the program brings along."""

from alembic import op

from data.migrations.sql import run_file

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Make the table, as the SQL file says."""
    run_file(op.get_bind(), __file__)
