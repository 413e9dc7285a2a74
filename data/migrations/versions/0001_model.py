"""The model of the whole product."""

from alembic import op

from data.migrations.sql import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, as ``0001_model.sql`` says."""
    run_file(op.get_bind(), __file__)
