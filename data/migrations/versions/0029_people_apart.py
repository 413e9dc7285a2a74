"""The tables of people who sign in, out of reach of whatever SQL the program is made to say."""

from alembic import op

from data.migrations.sql import run_file

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Add the key's table and the policies, as the SQL file says."""
    run_file(op.get_bind(), __file__)
