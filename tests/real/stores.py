"""Both stores for the tests: a migrated original of each, and a fresh copy of it for every test.

The migrations run once a worker and store; a copy takes some milliseconds.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.kernel import migrating
from tests.real.postgres import Postgres, run_aside


class SqliteStore:
    """A migrated SQLite file and copies of it."""

    def __init__(self, folder: Path) -> None:
        """Migrate an original in `folder`."""
        self._original = folder / "original.sqlite"
        run_aside(migrating.migrate(f"sqlite+aiosqlite:///{self._original}"))

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """A fresh copy in `folder`: its address."""
        path = folder / "tacroom.sqlite"
        shutil.copyfile(self._original, path)
        yield f"sqlite+aiosqlite:///{path}"


class PostgresStore:
    """A migrated PostgreSQL database of one worker and copies of it, one at a time."""

    def __init__(self, server: Postgres, worker: str) -> None:
        """Migrate an original for `worker` on `server`."""
        self._server = server
        self._original = f"original_{worker}"
        self._name = f"test_{worker}"
        run_aside(server.make(self._original))
        run_aside(migrating.migrate(server.url_of(self._original)))

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """A fresh copy: its address. (`folder` is for files alone.)"""
        del folder
        run_aside(self._server.make(self._name, template=self._original))
        yield self._server.url_of(self._name)
        run_aside(self._server.drop(self._name))
