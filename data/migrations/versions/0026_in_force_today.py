"""In force is what is in force today; a plan of a later day may be taken back before it."""

from alembic import op

from data.migrations.sql import run_file

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Make the functions, as the SQL file says."""
    run_file(op.get_bind(), __file__)
