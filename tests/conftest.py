"""What every test can ask for: a fresh store (each test then runs on both), and the clock.

`database` gives a bound `Database` on a fresh, migrated store, once on SQLite and once on
PostgreSQL; `database_url` gives the address alone, for tests that start a server on it.
"""

import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.kernel import clock, notices
from server.kernel import database as kernel_database
from server.kernel.database import Database
from tests.real import chromium as real_chromium
from tests.real import compiled, folder, node, postgres, wanted
from tests.real.stores import PostgresStore, SqliteStore

WEDNESDAY_MORNING = datetime(2026, 6, 17, 9, 30, tzinfo=UTC)
OF_PAGES = (
    "tests/attacks/test_every_page_to_an_outsider.py",
    "tests/attacks/test_unknown_",
    "tests/attacks/test_uploads.py",
    "tests/attacks/test_what_each_page_asks_first.py",
    "tests/journeys/test_two_parents.py",
    "tests/journeys/test_who_sees_what.py",
    "tests/web/",
)
folder.choose()


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> SqliteStore:
    """This worker's SQLite original."""
    return SqliteStore(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str, worker_id: str) -> Iterator[postgres.Postgres]:
    """The PostgreSQL server of this run of the tests, the same for all its workers."""
    del worker_id
    with ExitStack() as until_the_end:
        try:
            server = until_the_end.enter_context(
                postgres.running(testrun_uid, os.environ.get("TACROOM_TEST_POSTGRES"))
            )
        except postgres.PostgresMissing as reason:
            wanted.missing(str(reason))
        yield server


@pytest.fixture(scope="session")
def postgres_store(postgres_server: postgres.Postgres, worker_id: str) -> PostgresStore:
    """This worker's PostgreSQL original."""
    return PostgresStore(postgres_server, worker_id)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> SqliteStore | PostgresStore:
    """Each store in turn; it is only started when a test asks for it."""
    found: SqliteStore | PostgresStore = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture
def database_url(store: SqliteStore | PostgresStore, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated store that nobody is connected to yet."""
    with store.copy(tmp_path) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated store, bound as the database of the process."""
    fresh = Database(database_url)
    await compiled.share(fresh)
    kernel_database.bind(fresh)
    try:
        yield fresh
    finally:
        notices.forget_all()
        await fresh.close()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The Chromium to start, with `tests.real.chromium.ARGUMENTS`."""
    try:
        return real_chromium.chromium()
    except real_chromium.ChromiumMissing as reason:
        wanted.missing(str(reason))


@pytest.fixture(scope="session")
def certified_provider() -> Path:
    """The folder in which Node finds the certified OpenID provider (`oidc-provider`).

    Start its scripts with `tests.real.node.node()`, in this folder.
    """
    try:
        return node.packages(node.SIGN_IN)
    except node.NodeMissing as reason:
        wanted.missing(str(reason))


@pytest.fixture
def wednesday_morning() -> Iterator[datetime]:
    """Set the clock to a Wednesday morning in June, from where it runs on."""
    with clock.moved_to(WEDNESDAY_MORNING):
        yield WEDNESDAY_MORNING


@pytest.fixture(scope="session")
def rounds() -> Callable[[int], int]:
    """Say how many rounds a long test plays: all of the full number, or `LONG_SHARE`'s part."""
    share = int(os.environ.get("LONG_SHARE", "1"))
    return lambda full: max(1, full // share)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep pages on PostgreSQL for the long tests; rules, stores and the nine steps are not."""
    for item in items:
        played_with = getattr(item, "callspec", None)
        on_postgres = played_with is not None and "postgres" in played_with.params.values()
        if on_postgres and item.nodeid.startswith(OF_PAGES):
            item.add_marker(pytest.mark.long)


def pytest_collection_finish() -> None:
    """Set aside what was collected: looking through it again was a tenth of the tests' time."""
    gc.collect()
    gc.freeze()
