"""Accounts of people of an OpenID Connect provider."""

from alembic import op

from data.migrations.sql import run_file

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the column, as the SQL file says."""
    run_file(op.get_bind(), __file__)
