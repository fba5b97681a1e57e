"""The demo's visibility table holds cell by cell in pages, fragments, frames, bells and counts."""

import asyncio
import json
import re

import pytest
from playwright.async_api import expect

from rooms.frames import Stateless, read_frame
from tests.canaries import ALLOWED, leaked_to
from tests.journeys import table
from tests.journeys.crawl import follow_links
from tests.journeys.live_line import opened
from tests.journeys.persona import ROOM_LINK, People, Persona
from tests.journeys.visitor import Visitor

CARD_LINK = re.compile(r'href="(/rooms/[0-9a-f]{32}/(?:actions|documents)/[0-9a-f]{32})">([^<]+)<')
SECTION = re.compile(
    r'data-section="([0-9a-f]{32})" data-scope="([a-z-]+)".{1,400}?'
    r'app-section__heading" id="[^"]+">([^<]+)<',
    re.DOTALL,
)
HEADING = re.compile(r'app-section__heading"[^>]*>([^<]+)<')
READERS = re.compile(r"(\d+) (?:person|people) in (\d+) organisations? will see this")


_told: dict[str, "Things"] = {}


class Things:
    """The ids of the room's parts, actions and documents, as the lead sees them all but two."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.parts: dict[str, str] = {}
        self.actions: dict[str, str] = {}
        self.documents: dict[str, str] = {}

    @classmethod
    async def seen_by_lead(cls, imara: Visitor) -> "Things":
        _status, _where, rooms = await imara.fetch("/rooms")
        [room] = set(ROOM_LINK.findall(rooms.decode()))
        found = cls(f"/rooms/{room}")
        _status, _where, page = await imara.fetch(f"{found.room}/plan")
        codes = {heading: code for code, heading in table.HEADINGS.items()}
        found.parts = {codes[heading]: id_ for id_, _scope, heading in sections_in(page)}
        for kind in ("actions", "documents"):
            _status, _where, page = await imara.fetch(f"{found.room}/{kind}")
            cards = {name: path for path, name in cards_in(page)}
            setattr(found, kind, cards)
        _told[imara.origin] = found
        assert set(found.parts) == set(table.SECTIONS)
        assert set(found.actions) == set(table.ACTIONS)
        assert set(found.documents) == set(table.DOCUMENTS) | table.LEAD_ONLY
        return found


@pytest.mark.parametrize("who", table.PRACTITIONERS)
async def test_a_practitioner_is_shown_her_row_and_nothing_else(shared_demo, launch, who):
    things, visitor = await _with_things(launch(shared_demo), who)

    for path in ("plan", "plan/fragment"):
        _status, _where, page = await visitor.fetch(f"{things.room}/{path}")
        scopes = {heading: scope for _id, scope, heading in sections_in(page)}
        assert scopes == {
            table.HEADINGS[part]: "read-write" if table.cell(part, who) == "E" else "readonly"
            for part in table.parts_of(who)
        }
    for part, section in things.parts.items():
        asked = [f"{things.room}/plan/{section}{more}" for more in ("", "/fragment", "/access")]
        expected = 404 if table.cell(part, who) == "-" else 200
        assert await statuses(visitor, asked) == {expected}, part
    for kind, names in (("actions", table.actions_of(who)), ("documents", table.documents_of(who))):
        for path in (kind, f"{kind}/fragment"):
            _status, _where, page = await visitor.fetch(f"{things.room}/{path}")
            assert {name for _path, name in cards_in(page)} == names
        for name, path in getattr(things, kind).items():
            assert await statuses(visitor, [path]) == {200 if name in names else 404}, name


@pytest.mark.parametrize("who", table.PRACTITIONERS)
async def test_counts_are_those_of_the_row(shared_demo, launch, who):
    things, visitor = await _with_things(launch(shared_demo), who)
    _status, _where, plan = await visitor.fetch(f"{things.room}/plan")
    for part in sorted(table.parts_of(who, "E")):
        _before, _section, of_part = plan.decode().partition(f'data-section="{things.parts[part]}"')
        found = READERS.search(of_part.partition("data-section=")[0])
        assert found, part
        assert int(found[1]) == sum(table.cell(part, one) != "-" for one in table.WHO), part
    _status, _where, room = await visitor.fetch(things.room)
    late = room.count(b"app-card--late")
    assert late == (1 if table.cell("S6", who) != "-" else 0)


@pytest.mark.parametrize("who", table.FAMILY)
async def test_somebody_of_the_family_is_shown_her_row_on_her_own_pages(shared_demo, launch, who):
    things, visitor = await _with_things(launch(shared_demo), who)

    _status, _where, plan = await visitor.fetch("/y/plan?show=yes")
    assert set(_headings_in(plan)) == table.headings_of(who)
    for name, path in things.actions.items():
        expected = 200 if name in table.actions_of(who) else 404
        assert await statuses(visitor, [path]) == {expected}, name
    room_pages = ["", "/plan", "/actions", "/documents", "/people", "/agreement", "/plan/fragment"]
    parts = [f"/plan/{section}" for section in things.parts.values()]
    asked = [f"{things.room}{path}" for path in (*room_pages, *parts)]
    assert await statuses(visitor, asked) == {404}


@pytest.mark.parametrize("who", table.OUTSIDE)
async def test_who_has_no_place_learns_of_nothing(shared_demo, launch, who):
    things, visitor = await _with_things(launch(shared_demo), who)
    pages = ["", "/plan", "/plan/fragment", "/actions", "/documents", "/people", "/agreement"]
    asked = [
        *(things.room + path for path in pages),
        *(f"{things.room}/plan/{section}" for section in things.parts.values()),
        *things.actions.values(),
        *things.documents.values(),
    ]

    # Nobody at all is Wren here: signed in with her service, placed in no organisation.
    assert await statuses(visitor, asked) == ({401} if who == "wren" else {404})
    assert await opened(visitor, things.room, list(things.parts.values())) == {}


@pytest.mark.parametrize("who", table.WHO)
async def test_a_line_of_ones_own_opens_the_row_and_nothing_else(shared_demo, launch, who):
    things, visitor = await _with_things(launch(shared_demo), who)

    found = await opened(visitor, things.room, list(things.parts.values()))

    scopes = {"E": "read-write", "V": "readonly"}
    expected = {things.parts[part]: scopes[table.cell(part, who)] for part in table.parts_of(who)}
    assert {section: scope for section, (scope, _words) in found.items()} == expected
    assert leaked_to(who, [words for _scope, words in found.values()]) == set()
    words = b"".join(words for _scope, words in found.values()).lower()
    held = {word for word in ALLOWED.get(who, ()) if word.lower().encode() in words}
    assert held == ALLOWED.get(who, frozenset())


async def test_a_bell_rings_for_those_who_may_see_the_part_and_for_nobody_else(fresh_demo, launch):
    people = launch(fresh_demo)
    everybody = await asyncio.gather(*(people.comes(who) for who in table.PRACTITIONERS))
    imara = everybody[0]
    things = await Things.seen_by_lead(imara)
    await asyncio.gather(*(one.go(f"{things.room}/plan") for one in everybody))
    for persona in everybody:
        await expect(persona.page.locator("[data-write]:visible").first).to_be_visible()
    for part in table.SECTIONS:
        writer = next(one for one in everybody if table.cell(part, one.code) == "E")
        words = await writer.write_in(table.HEADINGS[part])
        await words.press("Control+End")
        await writer.page.keyboard.type(" more")
        await expect(writer.part(table.HEADINGS[part]).locator("[data-status]")).to_have_text(
            "Saved"
        )
        heard_by = {one.code for one in everybody if one is not writer}
        expected = {who for who in heard_by if table.cell(part, who) != "-"}
        await _until(lambda: _rung(everybody, things.parts[part]) >= expected)  # noqa: B023
        assert _rung(everybody, things.parts[part]) - {writer.code} == expected, part
    for persona in everybody:
        for part in set(table.SECTIONS) - table.parts_of(persona.code):
            section = things.parts[part].encode()
            assert not any(section in frame for frame in persona.frames), (persona.code, part)


@pytest.mark.parametrize("who", table.EVERYBODY)
async def test_no_canary_stands_in_any_byte_that_can_be_reached(shared_demo, launch, who):
    people = launch(shared_demo)
    persona = await people.comes(who)

    seen = await follow_links(persona, [persona.page.url.removeprefix(persona.origin), "/"])

    assert {status for status, _body in seen.values()} <= {200}, [
        (path, status) for path, (status, _body) in seen.items() if status != 200
    ]
    for path in seen:
        if path.endswith("/plan") and path.startswith("/rooms/"):
            await persona.go(path)
            await _opens_all(persona)
    await persona.settled()
    # What she may have, she did get: the test looked where the words are.
    words = b"".join(persona.got).lower()
    held = {word for word in ALLOWED.get(who, ()) if word.lower().encode() in words}
    assert held == ALLOWED.get(who, frozenset())
    assert await people.leaks() == {}


async def test_the_canaries_are_found_when_a_check_is_taken_out(demos, launch):
    with demos.fresh("sqlite", "unguarded") as served:
        people = launch(served)
        people.may_leak = True
        gethin = await people.visits("gethin")

        await follow_links(gethin, ["/home"])

        assert (await people.leaks())["gethin"]


async def _opens_all(persona: Persona) -> None:
    buttons = persona.page.locator("[data-write]")
    for at in range(await buttons.count()):
        await buttons.nth(at).click()
    editors = persona.page.locator("[contenteditable=true]")
    await expect(editors).to_have_count(await buttons.count())


async def _with_things(people: People, who: str) -> tuple[Things, Visitor]:
    """Somebody who asks without a screen, and what there is in the room she looks for."""
    visitor = await people.visits(who)
    origin = people.served.origin("imara")
    if origin not in _told:
        await Things.seen_by_lead(await people.visits("imara"))
    return _told[origin], visitor


async def statuses(visitor: Visitor, paths: list[str]) -> set[int]:
    """The statuses with which these addresses answer."""
    return {status for _path, status, _body, _type in await visitor.fetch_all(paths)}


def sections_in(page: bytes) -> list[tuple[str, str, str]]:
    """The parts on a page: id, scope, heading."""
    return [(id_, scope, _plain(heading)) for id_, scope, heading in SECTION.findall(page.decode())]


def _headings_in(page: bytes) -> list[str]:
    """The headings of the parts on a page of the family's."""
    return [_plain(heading) for heading in HEADING.findall(page.decode())]


def cards_in(page: bytes) -> list[tuple[str, str]]:
    """The actions or documents on a page: address, name."""
    return [(path, _plain(name)) for path, name in CARD_LINK.findall(page.decode())]


def _plain(text: str) -> str:
    return text.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")


def _rung(everybody: list[Persona], section: str) -> set[str]:
    """Who heard a bell for this part."""
    return {one.code for one in everybody if section in _bells(one)}


def _bells(persona: Persona) -> set[str]:
    found = set()
    for frame in persona.frames:
        match read_frame(frame):
            case Stateless(payload=payload):
                found.add(json.loads(payload).get("thing"))
            case _:
                pass
    return found


async def _until(holds) -> None:
    for _ in range(200):
        if holds():
            return
        await asyncio.sleep(0.05)
