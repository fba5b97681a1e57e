"""The family's room for many tests: laid once a worker and store, and a fresh copy for every test.

A `conftest.py` that imports `database_url`, `laid` and `house` gives its tests the room; a test
that asks for none of it has an empty store as ever.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.kernel import database as kernel_database
from server.kernel import notices
from server.kernel.database import Database
from server.keys import kms
from tests.fakes.family_room import (
    FamilyRoom,
    LaidRoom,
    bind_settings,
    lay_family_room,
    open_laid_room,
)
from tests.real.stores import PostgresStore, SqliteStore

Store = SqliteStore | PostgresStore


@dataclass
class Laid:
    """A room that was laid, the store whose copies hold it, and the keys it is sealed under."""

    room: LaidRoom
    store: Store
    keys: Path


# What this worker has laid, whichever folder of tests asked first.
_LAID: dict[type[Store], Laid] = {}


@pytest.fixture
def laid(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Laid:
    """The room, laid on this kind of store."""
    if type(store) not in _LAID:
        _LAID[type(store)] = _lay(store, tmp_path_factory.mktemp("family_room"))
    return _LAID[type(store)]


def _lay(store: Store, folder: Path) -> Laid:
    made: list[LaidRoom] = []

    async def lay(url: str) -> None:
        fresh = Database(url)
        kernel_database.bind(fresh)
        kms.bind(kms.LocalKms(folder / "keys"))
        bind_settings(folder)
        made.append(await lay_family_room())
        await fresh.close()
        notices.forget_all()

    begun = store.beginning_with("family_room", lay)
    return Laid(made[0], begun, folder / "keys")


@pytest.fixture
def database_url(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh store: with the room laid, for a test that asks for the house."""
    if "laid" in request.fixturenames:
        store = request.getfixturevalue("laid").store
    with store.copy(tmp_path) as url:
        yield url


@pytest.fixture
def house(laid: Laid, database: Database, tmp_path: Path) -> FamilyRoom:
    """A room with its real rules in force, open on the store of the test."""
    del database
    shutil.copytree(laid.keys, tmp_path / "keys")
    kms.bind(kms.LocalKms(tmp_path / "keys"))
    bind_settings(tmp_path)
    return open_laid_room(laid.room, tmp_path)
