"""Files given to the data desk; ids that other platforms gave to holders of posts."""

from alembic import op

from data.migrations.sql import run_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the tables and columns, as the SQL file says."""
    run_file(op.get_bind(), __file__)
