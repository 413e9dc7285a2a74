"""Papers and siting proofs are jobs: files that jobs made, who waits for one, no second queue."""

from alembic import op

from data.migrations.sql import run_file

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Change the tables as the SQL file says; no row goes."""
    run_file(op.get_bind(), __file__)
