"""What Alembic runs: the connection and its transaction come from ``data.migrations.migrate``."""

from alembic import context

from data.engine import SCHEMA
from data.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    version_table_schema=SCHEMA,
    transactional_ddl=True,
)
context.run_migrations()
