"""SQLite serves one process alone: a second one on the same file is refused before it starts.

Two processes on one SQLite file would each believe that nobody else writes: bells and carets of
the other would never be found, and what the other holds open would be closed as a dead one's.

Rule: ADR-0018 (PostgreSQL is where processes meet).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

WHAT_TO_DO = (
    "SQLite serves one process. Stop the other one first, or keep the rooms in PostgreSQL: set "
    "database_url to postgresql+asyncpg://... and run `tacroom migrate`."
)


class NotAlone(Exception):
    """Another process serves this SQLite file, or several were asked for."""


@contextmanager
def alone_on(database_url: str) -> Iterator[None]:
    """Hold an SQLite file for this process for as long as this lasts; PostgreSQL needs no hold.

    The hold is the operating system's: it ends with the process, however that ends.

    Raises:
        NotAlone: another process holds it; says what to do.
    """
    file = _sqlite_file(database_url)
    if file is None:
        yield
        return
    held = os.open(file.with_name(file.name + ".serving"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            message = f"Another process serves {file}. {WHAT_TO_DO}"
            raise NotAlone(message) from fault
        yield
    finally:
        os.close(held)


def must_be_alone(database_url: str, processes: int) -> None:
    """See that so many processes may serve this store.

    Raises:
        NotAlone: it is SQLite, and another one serves it, or more than one was asked for.
    """
    if processes > 1 and _sqlite_file(database_url) is not None:
        message = f"{processes} processes were asked for. {WHAT_TO_DO}"
        raise NotAlone(message)
    with alone_on(database_url):
        return


def _sqlite_file(database_url: str) -> Path | None:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database).absolute()
