"""A served demo on each store, and made-up people with a browser each."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.journeys.persona import PATIENCE_MS, People
from tests.real.chromium import ARGUMENTS
from tests.real.demo import ServedDemo, ToldStory
from tests.real.postgres import Postgres

HERE = Path(__file__).parent
STORES = ("sqlite", "postgres")
expect.set_options(timeout=PATIENCE_MS)


class StoreDemos:
    """Served demos in one store: one to be read by many tests, and fresh ones."""

    def __init__(self, folder: Path, name: str, postgres: Postgres | None = None) -> None:
        self._folder = folder
        self._name = name
        self._told = ToldStory(folder, postgres)
        self._shared: ServedDemo | None = None
        self._number = 0
        self._until_the_end = ExitStack()

    def shared(self) -> ServedDemo:
        """The demo that tests look at and leave as it is."""
        if self._shared is None:
            self._shared = self._until_the_end.enter_context(self.fresh())
        return self._shared

    def fresh(self, *how: str) -> AbstractContextManager[ServedDemo]:
        """A demo of one's own."""
        self._number += 1
        name = f"{self._name}_{self._number}"
        return self._told.served(self._folder / name, name, how=how)

    def close(self) -> None:
        """Stop the shared one."""
        self._until_the_end.close()


class Demos:
    """The demos of both stores; a store is only started when a test asks for it."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def shared(self, store: str) -> ServedDemo:
        """The demo of this store that tests look at and leave as it is."""
        return self._in(store).shared()

    def fresh(self, store: str, *how: str) -> AbstractContextManager[ServedDemo]:
        """A demo of one's own."""
        return self._in(store).fresh(*how)

    def _in(self, store: str) -> StoreDemos:
        found: StoreDemos = self._request.getfixturevalue(f"{store}_demos")
        return found


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of all demos of this run, the same for all its workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "demos"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def sqlite_demos(demo_folder: Path, worker_id: str) -> Iterator[StoreDemos]:
    found = StoreDemos(demo_folder, f"sqlite_{worker_id}")
    yield found
    found.close()


@pytest.fixture(scope="session")
def postgres_demos(
    demo_folder: Path, worker_id: str, postgres_server: Postgres
) -> Iterator[StoreDemos]:
    found = StoreDemos(demo_folder, f"postgres_{worker_id}", postgres_server)
    yield found
    found.close()


@pytest.fixture(scope="session")
def demos(request: pytest.FixtureRequest) -> Demos:
    return Demos(request)


@pytest.fixture(params=STORES)
def fresh_demo(request: pytest.FixtureRequest, demos: Demos) -> Iterator[ServedDemo]:
    """A demo of this test's own, on each store."""
    with demos.fresh(request.param) as served:
        yield served


@pytest.fixture(params=STORES)
def shared_demo(request: pytest.FixtureRequest, demos: Demos) -> ServedDemo:
    """A demo, on each store, that this test leaves as it found it."""
    return demos.shared(request.param)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have all journeys of a worker share one event loop, and so one browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.browser)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """The Chromium of this worker; everybody has a context of her own in it."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def launch(browser: Browser) -> AsyncIterator[Callable[[ServedDemo], People]]:
    """Hands out people who use a served demo; whatever they do, no canary leaks."""
    everybody: list[People] = []

    def people_at(served: ServedDemo) -> People:
        everybody.append(People(browser, served))
        return everybody[-1]

    yield people_at
    leaks = [await people.leaks() for people in everybody if not people.may_leak]
    for people in everybody:
        await people.leave()
    assert not any(leaks), leaks
