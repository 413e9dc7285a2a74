"""Papers belong to whoever asked for them."""

from alembic import op

from data.migrations.sql import run_file

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the column, as the SQL file says."""
    run_file(op.get_bind(), __file__)
