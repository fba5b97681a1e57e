"""Both stores for the tests: a migrated original of each, and a fresh copy of it for every test.

The migrations run once a worker and store; a copy takes some milliseconds. What many tests begin
with is laid once too: `beginning_with` gives a store whose copies all hold it.
"""

import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

from server.kernel import migrating
from tests.real.postgres import Postgres, run_aside

Lay = Callable[[str], Coroutine[Any, Any, None]]
"""Puts something into the store at an address."""


class SqliteStore:
    """A migrated SQLite file and copies of it."""

    def __init__(self, folder: Path) -> None:
        """Migrate an original in `folder`."""
        self._folder = folder
        self._original = folder / "original.sqlite"
        run_aside(migrating.migrate(f"sqlite+aiosqlite:///{self._original}"))

    def beginning_with(self, name: str, lay: Lay) -> "SqliteStore":
        """A store whose copies all hold what `lay` puts into one."""
        laid = copy(self)
        laid._original = self._folder / f"{name}.sqlite"
        shutil.copyfile(self._original, laid._original)
        run_aside(lay(f"sqlite+aiosqlite:///{laid._original}"))
        return laid

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
        self._worker = worker
        self._original = f"original_{worker}"
        self._name = f"test_{worker}"
        run_aside(server.make(self._original))
        run_aside(migrating.migrate(server.url_of(self._original)))

    def beginning_with(self, name: str, lay: Lay) -> "PostgresStore":
        """A store whose copies all hold what `lay` puts into one."""
        laid = copy(self)
        laid._original = f"{name}_{self._worker}"
        run_aside(self._server.make(laid._original, template=self._original))
        run_aside(lay(self._server.url_of(laid._original)))
        return laid

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """A fresh copy: its address. (`folder` is for files alone.)"""
        del folder
        run_aside(self._server.make(self._name, template=self._original))
        yield self._server.url_of(self._name)  # the next copy takes its place
