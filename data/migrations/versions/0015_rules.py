"""Rules that are asked in many places, each written once: what stands, which count is newest."""

from alembic import op

from data.migrations.sql import run_file

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the views and functions, as the SQL file says."""
    run_file(op.get_bind(), __file__)
