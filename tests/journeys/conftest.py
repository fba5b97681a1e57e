"""A served demo on each store, and made-up people with a browser each."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.journeys.persona import PATIENCE_MS, People
from tests.real.chromium import ARGUMENTS
from tests.real.demo import ServedDemo, ToldStory

HERE = Path(__file__).parent
STORES = ("sqlite", "postgres")
expect.set_options(timeout=PATIENCE_MS)


class Demos:
    """Served demos: one of each store to be read by many tests, and fresh ones."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path, worker: str) -> None:
        self._request = request
        self._folder = folder
        self._worker = worker
        self._told: dict[str, ToldStory] = {}
        self._shared: dict[str, ServedDemo] = {}
        self._number = 0
        self._until_the_end = ExitStack()

    def shared(self, store: str) -> ServedDemo:
        """The demo of this store that tests look at and leave as it is."""
        if store not in self._shared:
            serving = self._serve(store)
            self._shared[store] = self._until_the_end.enter_context(serving)
        return self._shared[store]

    @contextmanager
    def fresh(self, store: str, *how: str) -> Iterator[ServedDemo]:
        """A demo of one's own."""
        with self._serve(store, *how) as served:
            yield served

    def close(self) -> None:
        """Stop the shared ones."""
        self._until_the_end.close()

    @contextmanager
    def _serve(self, store: str, *how: str) -> Iterator[ServedDemo]:
        self._number += 1
        name = f"{self._worker}_{self._number}"
        with self._story(store).served(self._folder / name, name, how=how) as served:
            yield served

    def _story(self, store: str) -> ToldStory:
        if store not in self._told:
            postgres = None
            if store == "postgres":
                postgres = self._request.getfixturevalue("postgres_server")
            self._told[store] = ToldStory(self._folder, postgres)
        return self._told[store]


@pytest.fixture(scope="session")
def demos(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Demos]:
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "demos"
    folder.mkdir(exist_ok=True)
    found = Demos(request, folder, worker_id)
    yield found
    found.close()


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
