"""How a migration runs: alone, in one transaction, and not waiting long for anybody.

It is run by path. It never imports domain code but the list of tables, which it compares with.
"""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from server.all_tables import metadata

ONE_AT_A_TIME = 7_204_401
"""The number of the advisory lock that keeps two servers from migrating at once."""


def run(connection: Connection) -> None:
    """Run the migrations on an open connection."""
    on_postgres = connection.dialect.name == "postgresql"
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        if on_postgres:
            # A migration that cannot have its lock soon gives up rather than stop the service.
            connection.execute(text("SET LOCAL lock_timeout = '4s'"))
            connection.execute(text("SET LOCAL statement_timeout = '60s'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))
        context.run_migrations()


async def connect_and_run() -> None:
    """Open the database named by the caller and migrate it."""
    engine = create_async_engine(context.config.attributes["url"])
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(connect_and_run())
