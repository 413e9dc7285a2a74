"""People who sign in: sessions, set-up links, attempts."""

from alembic import op

from data.migrations.sql import run_file

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the tables, as the SQL file says."""
    run_file(op.get_bind(), __file__)
