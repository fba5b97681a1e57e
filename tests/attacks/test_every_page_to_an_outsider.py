"""T-01: every page of a room, asked for by somebody without a place in it.

The whole route table is walked: a real room and one that is not there are the same answer, and
the gate refused both.
"""

import re

import httpx2
from sqlalchemy import func, select

from server.audit import log
from server.audit.tables import audit_entry
from server.kernel.database import reading
from server.kernel.ids import new_id
from tests.fakes.forms import csrf_of
from tests.fakes.laid_family_room import database_url, house, laid
from web.route import GatedRoute
from web.routes import ROUTES

__all__ = ["database_url", "house", "laid"]

OF_A_ROOM = [
    (route, method)
    for route in ROUTES
    if isinstance(route, GatedRoute) and "{room}" in route.path
    for method in sorted((route.methods or set()) - {"HEAD"})
]

UPLOAD = "POST /rooms/{room}/documents"
"""Reads its form part by part, the file last; without any part it is no form of ours."""


# What says no to whoever is not of the family, or sent no form of ours, before the gate is asked.
BEFORE_THE_GATE = {
    "POST /rooms/{room}/plan/new",
    "POST /rooms/{room}/agreement/question",
    "GET /y/choices/{room}/stop",
    "POST /y/choices/{room}/stop",
}


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


async def test_to_an_outsider_every_page_of_a_room_is_the_page_of_no_room(house, monkeypatch):
    monkeypatch.setattr(log, "REFUSALS_APART", 10_000)  # each refusal its own entry
    differ, unasked = [], []
    async with await house.browser(house.saskia) as browser:
        token = csrf_of((await browser.get("/home")).text)
        for route, method in OF_A_ROOM:
            fields = {"csrf": token} if method == "POST" else None
            before = await refusals()
            answers = []
            for room in (house.room.hex, new_id().hex):
                address = address_of(route, room)
                answer = await browser.request(method, address, data=fields)
                answers.append(said(answer, address))
            line = f"{method} {route.path}"
            expected = 422 if line == UPLOAD else 404
            if answers[0] != answers[1] or answers[0][0] != expected:
                differ.append((line, [status for status, _ in answers]))
            if line != UPLOAD and await refusals() - before < 2:
                unasked.append(line)

    assert differ == []
    assert set(unasked) <= BEFORE_THE_GATE
