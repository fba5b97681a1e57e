"""Every route is served, and what the gate is asked first is what the route table says.

A page that answers without asking, or asks about something else first, is found here.
"""

import pytest

from consent import gate
from policies.act import Act
from server.directory import store as directory
from server.directory.member import Office, Practitioner
from server.kernel.database import writing
from server.kernel.ids import MemberId, new_id
from tests.fakes.forms import csrf_of
from tests.fakes.laid_family_room import database_url, house, laid
from web import errors
from web.route import GatedRoute
from web.routes import ROUTES

__all__ = ["database_url", "house", "laid"]

PAGES = [
    (route, method)
    for route in ROUTES
    if isinstance(route, GatedRoute)
    for method in sorted((route.methods or set()) - {"HEAD"})
]
PLAIN = {"content-type": "application/x-www-form-urlencoded"}
OF_NO_SORT = {"content-type": "application/json"}


def address_of(route: GatedRoute, room: str) -> str:
    address = route.path.replace("{room}", room)
    while "{" in address:
        before, _, rest = address.partition("{")
        address = before + new_id().hex + rest.partition("}")[2]
    return address


@pytest.fixture
def asked(monkeypatch) -> list[Act]:
    """What the gate was asked about, in order."""
    acts: list[Act] = []
    monkeypatch.setattr(errors, "BEAT_S", 0.001)

    def listening(real, place):
        def ask(*given, **named):
            acts.append(given[place])
            return real(*given, **named)

        return ask

    for name, place in (("require", 2), ("sift", 2), ("refuse", 2), ("explain", 2)):
        monkeypatch.setattr(gate, name, listening(getattr(gate, name), place))
    for name in ("require", "sift"):
        monkeypatch.setattr(gate.Look, name, listening(getattr(gate.Look, name), 1))
    return acts


async def differing(house, who, asked, *, headers=PLAIN, path="") -> dict[str, list[str]]:
    """Pages on which somebody asks the gate something else first than they declare."""
    found = {}
    async with await house.browser(who) as browser:
        token = csrf_of((await browser.get("/actions")).text)
        for route, method in PAGES:
            if not route.path.startswith(path):
                continue
            asked.clear()
            body = {"content": f"csrf={token}", "headers": {**headers, "x-form-token": token}}
            address = address_of(route, house.room.hex)
            await browser.request(method, address, **(body if method == "POST" else {}))
            if asked[:1] != [route.act]:
                found[f"{method} {route.path}"] = [one.address for one in asked]
    return found


@pytest.mark.parametrize("name", ["imara", "saskia"])
async def test_a_practitioners_page_asks_the_gate_first_what_it_declares(house, asked, name):
    assert await differing(house, getattr(house, name), asked) == {}


async def test_a_page_of_the_family_asks_the_gate_first_what_it_declares(house, asked):
    assert await differing(house, house.tamsin, asked) == {}


async def test_a_page_of_an_officer_asks_the_gate_first_what_it_declares(house, asked):
    officer = Practitioner(
        id=MemberId(new_id()),
        agency=house.imara.agency,
        name="Noor Placeholder",
        role_title="Information governance officer",
        work_mail="noor@council.example",
        office=Office.IG_OFFICER,
    )
    async with writing() as tx:
        await directory.add_member(tx, officer)

    assert await differing(house, officer, asked) == {}
