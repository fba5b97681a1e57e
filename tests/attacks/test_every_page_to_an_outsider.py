"""T-01: every page of a room, asked for by somebody without a place in it.

The whole route table is walked: a real room and one that is not there are the same answer, and
the gate refused both.
"""

import re

import httpx2
import pytest
from sqlalchemy import func, select

from server.audit import log
from server.audit.tables import audit_entry
from server.kernel.database import reading
from server.kernel.ids import new_id
from tests.fakes.forms import csrf_of
from tests.fakes.laid_family_room import database_url, house, laid
from web import errors
from web.route import GatedRoute
from web.routes import ROUTES

__all__ = ["database_url", "house", "laid"]

OF_A_ROOM = [
    (route, method)
    for route in ROUTES
    if isinstance(route, GatedRoute) and "{room}" in route.path
    for method in sorted((route.methods or set()) - {"HEAD"})
]

FOR_THE_FAMILY_TOO = {
    "/rooms/{room}/actions/{action}",
    "/rooms/{room}/documents/{document}",
    "/rooms/{room}/documents/{document}/look",
    "/rooms/{room}/documents/{document}/copy",
    "/y/choices/{room}/again",
    "/y/choices/{room}/receipt",
    "/y/choices/{room}/stop",
    "/y/choices/{room}/words",
    "/y/choices/{room}/words/{rule}",
    "/y/plan/{room}/{section}/wrong",
}

BODIES = {
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "no form": {"content-type": "application/json"},
    "a form with a file": {"content-type": "multipart/form-data; boundary=x"},
}
"""What is sent, always the same bytes, and what it is said to be."""


def address_of(route: GatedRoute, room: str) -> str:
    address = route.path.replace("{room}", room)
    while "{" in address:
        before, _, rest = address.partition("{")
        address = before + new_id().hex + rest.partition("}")[2]
    return address


def said(answer: httpx2.Response, address: str) -> tuple[int, str]:
    """Status and words, without the address that was asked for and the page's own nonce."""
    words = re.sub(r'nonce="[^"]+"', "", answer.text).replace(address, "")
    return answer.status_code, words


async def refusals() -> int:
    """How many refusals stand in the log."""
    async with reading() as tx:
        count = select(func.count()).where(audit_entry.c.outcome == "refused")
        return int(await tx.scalar(count))


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", ["saskia", "tamsin"])
async def test_to_an_outsider_every_page_of_a_room_is_the_page_of_no_room(
    house, monkeypatch, name, body
):
    monkeypatch.setattr(log, "REFUSALS_APART", 10_000)  # each refusal its own entry
    monkeypatch.setattr(errors, "BEAT_S", 0.001)  # words and status are compared here, not time
    differ, unasked = [], []
    async with await house.browser(getattr(house, name)) as browser:
        token = csrf_of((await browser.get("/actions")).text)
        headers = {**BODIES[body], "x-form-token": token}
        for route, method in OF_A_ROOM:
            if (method == "GET" and body != "a form") or (
                name == "tamsin" and route.path in FOR_THE_FAMILY_TOO
            ):
                continue
            before = await refusals()
            answers = []
            for known in (house.room.hex, new_id().hex):
                address = address_of(route, known)
                sent = {"content": f"csrf={token}", "headers": headers} if method == "POST" else {}
                answers.append(said(await browser.request(method, address, **sent), address))
            line = f"{method} {route.path}"
            if answers[0] != answers[1] or answers[0][0] != 404:
                differ.append((line, [status for status, _ in answers]))
            if await refusals() - before < 2:
                unasked.append(line)

    assert differ == []
    assert unasked == []


async def test_a_page_of_the_other_sort_of_member_is_refused_and_recorded(house, monkeypatch):
    monkeypatch.setattr(log, "REFUSALS_APART", 10_000)
    unasked = []
    for who, pages in ((house.tamsin, ("/home", "/rooms", "/log")), (house.imara, ("/y/home",))):
        async with await house.browser(who) as browser:
            for page in pages:
                before = await refusals()
                answer = await browser.get(page)
                if (answer.status_code, await refusals() - before) != (404, 1):
                    unasked.append(page)

    assert unasked == []


async def test_an_address_that_names_no_room_is_refused_and_recorded(house):
    before = await refusals()
    async with await house.browser(house.saskia) as browser:
        answer = await browser.get("/rooms/not-a-room/plan")

    assert answer.status_code == 404
    assert await refusals() == before + 1
