"""Jobs: work that runs behind a page, with its progress, its end and its result."""

from alembic import op

from data.migrations.sql import run_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table, as the SQL file says."""
    run_file(op.get_bind(), __file__)
