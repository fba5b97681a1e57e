"""Errors as pages: each with its own words and status, and 'cannot be shown' for all unknown."""

import asyncio
import re
import statistics
import time

import httpx2
import pytest
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from policies.act import Act
from policies.decision import Decision, Denied
from server.audit import log
from server.audit.entry import Entry
from server.kernel.database import writing
from server.kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    TacroomError,
    TooMuch,
    Unavailable,
)
from tests.identity.house import ORIGIN, House, opened_house
from web.errors import BEAT_S
from web.route import gated
from web.routes import application


@pytest.fixture
def store(sqlite_store):
    """Pages are the same on either store."""
    return sqlite_store


@pytest.fixture
async def house(database, tmp_path):
    """A house with one sign-in service, and nobody signed in."""
    async with opened_house(database, tmp_path) as house:
        yield house


def raising(fault: Exception):
    async def page(request):
        raise fault

    return page


async def forbidden(request):
    """Refuse as the gate does: rolled back, then recorded in a transaction of its own."""
    async with writing() as tx:
        tx.after_rollback(_record)
        raise Denied(Decision(allowed=False, act=Act.VIEW_ROOM, why="no-place"))


async def _record(tx):
    await asyncio.sleep(0.02)
    await log.record(tx, Entry("room:view-refused", "refused"))


def app_with(**faults: Exception):
    return application(
        Route("/forbidden", forbidden),
        *(Route(f"/{name}", raising(fault)) for name, fault in faults.items()),
    )


def browser_of(app):
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app, raise_app_exceptions=False),
        base_url=ORIGIN,
        headers={"origin": ORIGIN},
    )


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Conflict(), 409, "Somebody else changed this"),
        (Conflict("Leona saved this action a moment ago."), 409, "Leona saved this action"),
        (TooMuch(), 413, "That is more than can be taken at once."),
        (Invalid({"due": "Enter a date in the future"}), 422, "Enter a date in the future"),
        (Unavailable(), 503, "Nothing was changed. Try again in a minute."),
        (TacroomError(), 500, "Something went wrong"),
        (ValueError("a secret"), 500, "Something went wrong"),
        (HTTPException(400, "a secret"), 400, "This cannot be done"),
    ],
    ids=lambda given: type(given).__name__,
)
async def test_an_error_has_its_own_page(house: House, fault, status, words):
    del house
    async with browser_of(app_with(x=fault)) as browser:
        answer = await browser.get("/x")
    assert answer.status_code == status
    assert words in answer.text
    assert "a secret" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "Worried a child is not safe now?" in answer.text


def _same(page: str) -> str:
    return re.sub(r'nonce="[^"]+"', "", page)


async def test_unknown_and_forbidden_are_one_answer_in_words_and_status(house: House):
    app = app_with(refused=Refused("Because of clause 5.1"), unknown=NotFound("no such room"))
    answers = []
    async with browser_of(app) as browser:
        for path in ("/forbidden", "/refused", "/unknown", "/no-such-route", "/rooms/x/y"):
            answers.append(await browser.get(path))
        answers.append(await browser.put("/sign-in"))
    assert {answer.status_code for answer in answers} == {404}
    assert len({_same(answer.text) for answer in answers}) == 1
    names = [
        {n: v for n, v in a.headers.items() if n != "content-security-policy"} for a in answers
    ]
    assert all(one == names[0] for one in names)
    del house


async def test_unknown_and_forbidden_are_one_answer_in_time(house: House):
    """The forbidden one rolls back and records; the unknown one does nothing at all."""
    took: dict[str, list[float]] = {"/forbidden": [], "/unknown": []}
    async with browser_of(app_with(unknown=NotFound())) as browser:
        for _ in range(8):
            for path, times in took.items():
                at = time.perf_counter()
                await browser.get(path)
                times.append(time.perf_counter() - at)
    forbidden_s, unknown_s = (statistics.median(times) for times in took.values())
    # Apart by less than the beat they leave at, though one did 20 ms more than the other.
    assert abs(forbidden_s - unknown_s) < 0.015
    assert unknown_s >= BEAT_S * 0.95
    del house


async def test_an_unfinished_sign_in_leads_to_the_start_and_remembers_the_page(house: House):
    async def page(request):
        del request
        return PlainTextResponse("hers")

    app = application(gated("/rooms/x", page, act=Act.VIEW_ROOM, methods=("GET", "POST")))
    async with browser_of(app) as browser:
        answer = await browser.get("/rooms/x?secret=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/?to=/rooms/x")
        posted = await browser.post("/rooms/x")
        assert (posted.status_code, posted.headers["location"]) == (303, "/")
        fetched = await browser.get("/rooms/x", headers={"sec-fetch-dest": "empty"})
        assert (fetched.status_code, fetched.text) == (401, "")
    del house


async def test_a_page_of_a_member_is_hers(house: House):
    async def page(request):
        del request
        return PlainTextResponse("hers")

    house.app.router.routes.insert(0, gated("/rooms/x", page, act=Act.VIEW_ROOM))
    async with house.browser() as browser:
        await house.sign_in(browser)
        assert (await browser.get("/rooms/x")).text == "hers"
