"""Row-level security: a session sees the rows of its scope, whatever it asks."""

from alembic import op

from data.migrations.sql import run_file

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Put the tables under their policies; no row goes."""
    run_file(op.get_bind(), __file__)
