"""Bringing a database to the newest shape, one numbered step after another, forward only.

Rule: ADR-0003; the way back from a migration is to restore the backup made before it.
"""

import asyncio
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from server.kernel.database import Database


def configured(url: str) -> Config:
    """Return Alembic's settings; clone and wheel share the one folder inside the package."""
    config = Config()
    config.set_main_option("script_location", "server:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


@cache
def newest() -> str:
    """Return the number of the newest migration."""
    head = ScriptDirectory.from_config(configured("")).get_current_head()
    if head is None:
        message = "there are no migrations"
        raise RuntimeError(message)
    return head


async def migrate(url: str) -> None:
    """Bring the database at `url` to the newest shape."""
    await asyncio.to_thread(command.upgrade, configured(url), "head")


async def shape_of(database: Database) -> str | None:
    """Return the number of the migration that the database stands at, or None."""

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with database.reading() as tx:
        return await tx.connection.run_sync(read)
