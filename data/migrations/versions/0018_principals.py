"""A job works for whoever asked for it: scope and role are kept with it, as its session says."""

from alembic import op

from data.migrations.sql import run_file

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Change the tables as the SQL file says; no row goes."""
    run_file(op.get_bind(), __file__)
