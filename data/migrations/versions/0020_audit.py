"""The three administrators; the audit: who in which role, from where, and seals."""

from alembic import op

from data.migrations.sql import run_file

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Change the tables, as the SQL file says."""
    run_file(op.get_bind(), __file__)
