"""Counts what is asked of the store."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from policies import revision
from server.kernel.database import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Every statement sent to the store while this lasts.

    The look at which policies are in force comes by the clock, whoever asks what; it would be
    counted in one of two runs and not in the other, so it waits until this is over.
    """
    looked_every_s = revision.LOOK_EVERY_S
    asked: list[str] = []

    def note(connection, cursor, statement, *rest):
        asked.append(statement)

    revision.LOOK_EVERY_S = 3600.0
    event.listen(database.writer.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        revision.LOOK_EVERY_S = looked_every_s
        event.remove(database.writer.sync_engine, "before_cursor_execute", note)
