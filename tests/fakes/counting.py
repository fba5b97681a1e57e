"""Counts what is asked of the store."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from server.kernel.database import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Every statement sent to the store while this lasts."""
    asked: list[str] = []

    def note(connection, cursor, statement, *rest):
        asked.append(statement)

    event.listen(database.writer.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.writer.sync_engine, "before_cursor_execute", note)
