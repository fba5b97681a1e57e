"""SQLite's driver with one trip to its thread a statement, in place of four.

aiosqlite does every step (cursor, execute, fetch, close) in a thread of its own, and each step
waits for the loop to turn. A statement done whole in one step takes a third of the time.

Rule: ADR-0011.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util.concurrency import await_

BUSY_S = 0.25

Result = TypeVar("Result")


def empty_write_ahead_log(file: str) -> bool:
    """Move what stands in the write-ahead log into the database file and cut the log to nothing.

    Old copies of changed pages stand in the log until then, with what was deleted since; in the
    file itself `secure_delete` writes over it.

    Returns:
        False: somebody was reading what is older; nothing was cut.
    """
    with closing(sqlite3.connect(file, timeout=BUSY_S, isolation_level=None)) as connection:
        is_busy, _in_log, _moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


class WholeCursor:
    """A DBAPI cursor whose rows are all fetched in the step that executes."""

    server_side = False

    def __init__(self, connection: AsyncAdapt_aiosqlite_connection) -> None:
        """Stand on an open connection."""
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    def execute(self, operation: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement."""
        self._run(lambda cursor: cursor.execute(operation, parameters))

    def executemany(self, operation: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run one statement with many sets of values."""
        self._run(lambda cursor: cursor.executemany(operation, parameters))

    def _run(self, statement: Callable[[sqlite3.Cursor], object]) -> None:
        driver = self._connection._connection  # noqa: SLF001  the driver behind SQLAlchemy's

        def whole() -> tuple[Any, int, int | None, list[Any]]:
            cursor = driver._conn.cursor()  # noqa: SLF001  as aiosqlite itself does
            try:
                statement(cursor)
                rows = cursor.fetchall() if cursor.description else []
                return cursor.description, cursor.rowcount, cursor.lastrowid, rows
            finally:
                cursor.close()

        try:
            done = await_(driver._execute(whole))  # noqa: SLF001  its one way into the thread
        except Exception as fault:  # noqa: BLE001  every fault is named anew and raised
            self._connection._handle_exception(fault)  # noqa: SLF001  names the fault as DBAPI does
        self.description, self.rowcount, self.lastrowid, rows = done
        self._rows = deque(rows)

    def fetchone(self) -> Any:  # noqa: ANN401  a row of any shape
        """Return the next row, or None."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Return the next rows, as many as asked for."""
        wanted = self.arraysize if size is None else size
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        """Return every row that is left."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def __iter__(self) -> Iterator[Any]:
        while self._rows:
            yield self._rows.popleft()

    def setinputsizes(self, *_sizes: object) -> None:
        """Do nothing: SQLite has no use for it."""

    def close(self) -> None:
        """Let go of the rows; the driver's cursor is closed already."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Do nothing: nothing is open."""


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    def cursor(self, server_side: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002  SQLAlchemy's own shape
        return super().cursor(server_side=True) if server_side else WholeCursor(self)

    def in_one_step(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do work on the connection itself, in its thread."""
        driver = self._connection
        done: Result = await_(driver._execute(lambda: work(driver._conn)))  # noqa: SLF001  as above
        return done


def in_one_step(connection: Connection, work: Callable[[sqlite3.Connection], Result]) -> Result:
    """Do work of several statements in one trip to the connection's thread."""
    opened: Any = connection.connection.dbapi_connection
    return opened.in_one_step(work) if isinstance(opened, _Connection) else work(opened)


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """aiosqlite as SQLAlchemy knows it, with whole cursors."""

    def __init__(self) -> None:
        """Stand on the driver and on Python's own SQLite."""
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> AsyncAdapt_aiosqlite_connection:  # noqa: ANN401  as above
        """Open a connection."""
        opened = super().connect(*arg, **kw)
        return _Connection(self, opened._connection)  # noqa: SLF001  as above
