"""What a page leaves in the log: each act once, with its room, in one transaction."""

from collections.abc import Iterable

from server.audit import search
from server.audit.search import Filter, SeenEntry
from server.kernel import clock
from server.kernel.database import bound, reading
from server.kernel.ids import RoomId, read_id
from tests.attacks.test_unknown_and_forbidden import statements
from tests.web.test_opening_pages import proposed

MOST_STATEMENTS = 35
"""Of one page, with the session and the live token."""


async def recorded(sought: Filter) -> list[SeenEntry]:
    """What stands in the log, oldest first."""
    async with reading() as tx:
        return [one async for one in search.all_entries(tx, sought)][::-1]


async def kinds_after(house, who, path: str) -> tuple[list[str], list[SeenEntry], list[str]]:
    """What one page recorded: the kinds, the entries; and what it asked of the store."""
    async with await house.browser(who) as browser:
        await browser.get(f"/rooms/{house.room.hex}{path}")
        before = {one.id for one in await recorded(Filter(member=who.id))}
        with statements(bound()) as asked:
            page = await browser.get(f"/rooms/{house.room.hex}{path}")
        assert page.status_code == 200
        new = [one for one in await recorded(Filter(member=who.id)) if one.id not in before]
    return [one.kind for one in new], new, _of_the_page(asked)


def _of_the_page(asked: list[str]) -> list[str]:
    """What the page itself asked: now and then a process looks at the policies in force."""
    looks = [at for at, one in enumerate(asked) if "FROM policy_revision" in one]
    return [one for at, one in enumerate(asked) if not any(0 <= at - look < 3 for look in looks)]


def inserts(asked: Iterable[str], table: str) -> int:
    """How often rows went into a table."""
    return sum(f"INSERT INTO {table} " in one for one in asked)


async def test_a_part_that_is_read_is_recorded_once_with_its_reasons(house):
    part = await house.add_section(house.imara, "Otis at school")

    kinds, entries, _ = await kinds_after(house, house.bronagh, f"/plan/{part.hex}")

    (opened,) = [one for one in entries if one.kind == "section:opened"]
    assert len(kinds) == len(set(kinds))
    assert (opened.thing, opened.room) == (part, house.room)
    assert opened.details is not None
    assert opened.details["clause"] == "QEH/3.2"


async def test_who_can_see_a_part_is_recorded_once_and_opens_no_words(house):
    part = await house.add_section(house.imara, "Otis at school")

    kinds, entries, asked = await kinds_after(house, house.bronagh, f"/plan/{part.hex}/access")

    assert kinds == ["access:explained"]
    assert (entries[0].outcome, entries[0].thing) == ("allowed", part)
    assert entries[0].details is not None
    assert [factor["holds"] for factor in entries[0].details["factors"]] == [True] * 4
    assert not any("FROM section_update" in one for one in asked)


async def test_the_plan_is_recorded_as_one_look_and_one_list(house):
    parts = [await house.add_section(house.imara, f"Part {number}") for number in range(3)]

    kinds, entries, asked = await kinds_after(house, house.bronagh, "/plan")

    assert sorted(kinds) == ["room:viewed", "section:opened"]
    (opened,) = [one for one in entries if one.kind == "section:opened"]
    assert opened.details is not None
    assert set(opened.details["things"]) == {part.hex for part in parts}
    assert inserts(asked, "audit_entry") == 1
    assert len(asked) <= MOST_STATEMENTS


async def test_the_first_page_asks_once_for_each_thing_and_records_all_of_it_together(house):
    await house.add_section(house.leona, "From another hand", category="housing")
    await house.add_section(house.imara, "In Otis's own words", category="child_voice")

    kinds, entries, asked = await kinds_after(house, house.imara, "")

    assert kinds.count("room:viewed") == 1
    assert kinds.count("seat:listed") == 1
    assert kinds.count("action:listed") == 1
    assert {one.room for one in entries if one.kind in {"room:viewed", "seat:listed"}} == {
        house.room
    }
    assert inserts(asked, "audit_entry") == 1
    assert len(asked) <= MOST_STATEMENTS


async def test_the_first_page_of_a_room_costs_the_same_however_many_parts_it_has(house):
    await house.add_section(house.imara, "One part")
    _, _, of_one = await kinds_after(house, house.bronagh, "")
    for number in range(8):
        await house.add_section(house.imara, f"Part {number}")

    _, _, of_many = await kinds_after(house, house.bronagh, "")

    assert len(of_many) <= len(of_one)


async def test_what_a_withdrawal_closed_is_gone_from_the_next_page(house):
    part = await house.add_section(house.imara, "plumcanary")
    async with await house.browser(house.bronagh) as browser:
        before = await browser.get(f"/rooms/{house.room.hex}/plan")
        await house.stop("school", str(house.bronagh.agency))
        after = await browser.get(f"/rooms/{house.room.hex}/plan")
        alone = await browser.get(f"/rooms/{house.room.hex}/plan/{part.hex}")

    assert "plumcanary" in before.text
    assert "plumcanary" not in after.text
    assert alone.status_code == 404


async def test_the_entry_of_a_room_that_is_opened_names_the_room(house):
    async with await house.browser(house.imara) as browser:
        address = await proposed(browser)
    room = RoomId(read_id(address.rsplit("/", 1)[1]))

    (opened,) = await recorded(Filter(room=room, kind="room:opened"))

    assert (opened.who, opened.outcome) == (house.imara.id, "allowed")
    assert opened.details is not None
    assert opened.at <= clock.now()
