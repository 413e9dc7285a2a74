"""Workflows in versions, and the ledger's history as steps along them."""

from alembic import op

from data.migrations.sql import run_file

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Make the tables and carry the ledger over, as the SQL file says."""
    run_file(op.get_bind(), __file__)
