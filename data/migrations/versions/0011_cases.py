"""Case sets: foreign polygons, buildings in doubt, rulings."""

from alembic import op

from data.migrations.sql import run_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the four tables, as the SQL file says."""
    run_file(op.get_bind(), __file__)
