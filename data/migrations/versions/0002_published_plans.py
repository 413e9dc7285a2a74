"""A published plan is closed from both sides, and cannot be made a draft again."""

from alembic import op

from data.migrations.sql import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Replace the trigger's function and add one on plans, as the SQL file says."""
    run_file(op.get_bind(), __file__)
