"""The demo family's room, on both stores: built once a worker, and a fresh copy for every test."""

import copy
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.kernel import database as kernel_database
from server.kernel import notices
from server.kernel.database import Database
from server.keys import kms
from tests.consent.samplewick import Samplewick, propose, settle
from tests.fakes.family_room import bind_settings
from tests.real import compiled
from tests.real.postgres import run_aside
from tests.real.stores import PostgresStore, SqliteStore

Store = SqliteStore | PostgresStore

# What this worker has built, whichever folder of tests asked first.
_ORIGINALS: dict[tuple[type, bool], "Original"] = {}


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path) -> None:
    """Operations that bind an organisation ask the settings how fresh a sign-in has to be."""
    bind_settings(tmp_path)


@dataclass
class Original:
    """A room that was built once, and the store it stands in."""

    world: Samplewick
    store: Store
    name: str
    keys: Path

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """A fresh copy of the store: its address."""
        if isinstance(self.store, SqliteStore):
            path = folder / "tacroom.sqlite"
            shutil.copyfile(self.name, path)
            yield f"sqlite+aiosqlite:///{path}"
            return
        server, name = self.store._server, f"{self.name}_copy"
        run_aside(server.make(name, template=self.name))
        yield server.url_of(name)
        run_aside(server.drop(name))


def _build(store: Store, folder: Path, worker: str, *, settled: bool) -> Original:
    built: list[Samplewick] = []

    async def build(url: str) -> None:
        fresh = Database(url)
        kernel_database.bind(fresh)
        built.append(await (settle if settled else propose)(folder))
        await fresh.close()
        notices.forget_all()

    if isinstance(store, SqliteStore):
        with store.copy(folder) as url:
            run_aside(build(url))
        name = str(folder / "tacroom.sqlite")
    else:
        name = f"samplewick_{'settled' if settled else 'waiting'}_{worker}"
        run_aside(store._server.make(name, template=store._original))
        run_aside(build(store._server.url_of(name)))
    return Original(built[0], store, name, folder / "keys")


@pytest.fixture
async def _room(
    store: Store,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    worker_id: str,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Samplewick]:
    settled = "samplewick" in request.fixturenames
    key = (type(store), settled)
    if key not in _ORIGINALS:
        folder = tmp_path_factory.mktemp("samplewick")
        _ORIGINALS[key] = _build(store, folder, worker_id, settled=settled)
    original = _ORIGINALS[key]
    with original.copy(tmp_path) as url:
        fresh = Database(url)
        await compiled.share(fresh)
        kernel_database.bind(fresh)
        kms.bind(kms.LocalKms(original.keys))
        yield copy.deepcopy(original.world)
        notices.forget_all()
        await fresh.close()


@pytest.fixture
def waiting(_room: Samplewick) -> Samplewick:
    """A room that waits for the family's agreement."""
    return _room


@pytest.fixture
def samplewick(_room: Samplewick) -> Samplewick:
    """The room with everybody in place and everything agreed."""
    return _room
