"""Statements compiled once in a run: SQLAlchemy keeps them by dialect, each engine has its own."""

from typing import Any

from server.kernel.database import Database

_kept: dict[str, tuple[Any, Any]] = {}


async def share(database: Database) -> None:
    """Have this store's engines use the dialect, and what it compiled, of those before them."""
    for engine in (database.writer, database.reader):
        own = engine.sync_engine
        if own.dialect.name not in _kept:
            async with engine.connect():  # the dialect asks the store what it can
                _kept[own.dialect.name] = (own.dialect, own._compiled_cache)
        own.dialect, own._compiled_cache = _kept[own.dialect.name]
