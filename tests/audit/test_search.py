from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, update

from server.audit import checking, details, search
from server.audit.entry import Entry
from server.audit.search import Filter, Page
from server.audit.tables import audit_detail, audit_pseudonym
from server.kernel import clock
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, MemberId, RoomId

NOON = datetime(2026, 6, 17, 12, 0, tzinfo=UTC)


async def find(database, page: str | None = None, size: int = 50, **sought) -> Page:
    async with database.reading() as tx:
        return await search.find_entries(tx, Filter(**sought), page, size)


async def test_an_entry_is_shown_with_all_that_was_recorded(database, record, viewed, sequencer):
    (entry_id,) = await record(viewed)

    (seen,) = (await find(database)).entries
    assert (seen.id, seen.seq, seen.count) == (entry_id, None, 1)
    assert (seen.kind, seen.outcome, seen.purpose) == ("room:viewed", "allowed", "plan")
    assert (seen.who, seen.agency, seen.room, seen.thing) == (
        viewed.who,
        viewed.agency,
        viewed.room,
        viewed.thing,
    )
    assert seen.details == viewed.details
    assert abs(seen.at - clock.now()) < timedelta(minutes=1)

    await sequencer.sequence_once()
    assert (await find(database)).entries[0].seq == 0


@pytest.fixture
async def various(record, viewed) -> dict[str, Entry]:
    """One entry an hour, each differing in one thing."""
    made = {
        "plain": viewed,
        "other member": replace(viewed, who=MemberId(uuid4())),
        "other agency": replace(viewed, agency=AgencyCode("police")),
        "other room": replace(viewed, room=RoomId(uuid4())),
        "other kind": replace(viewed, kind="section:opened"),
        "refused": replace(viewed, outcome="refused"),
    }
    for hour, entry in enumerate(made.values()):
        with clock.moved_to(NOON + timedelta(hours=hour)):
            await record(entry)
    return made


@pytest.mark.parametrize(
    ("sought", "name"),
    [
        ("member", "other member"),
        ("agency", "other agency"),
        ("room", "other room"),
        ("kind", "other kind"),
        ("outcome", "refused"),
    ],
)
async def test_a_filter_finds_what_it_asks_for_and_nothing_else(database, various, sought, name):
    entry = various[name]
    attribute = {"member": "who"}.get(sought, sought)

    found = await find(database, **{sought: getattr(entry, attribute)})

    assert found.total == len(found.entries) == 1
    assert getattr(found.entries[0], attribute) == getattr(entry, attribute)


async def test_filters_work_together(database, various):
    entry = various["plain"]

    found = await find(
        database, member=entry.who, room=entry.room, agency=entry.agency, kind=entry.kind,
        outcome="allowed", since=NOON, until=NOON + timedelta(minutes=30),
    )  # fmt: skip

    assert [each.kind for each in found.entries] == ["room:viewed"]


async def test_since_is_included_and_until_is_not(database, various):
    with clock.moved_to(NOON + timedelta(hours=9)):
        all_found = await find(database)
    instants = [entry.at for entry in all_found.entries]

    found = await find(database, since=instants[3], until=instants[1])

    assert [entry.at for entry in found.entries] == instants[2:4]


async def test_someone_who_did_nothing_is_found_nowhere(database, various):
    found = await find(database, member=MemberId(uuid4()))

    assert found == Page((), 0, is_more=False, further=None)


async def test_pages_go_from_the_newest_to_the_oldest_without_gap_or_repeat(
    database, record, viewed
):
    at_once = await record(*[viewed] * 7)
    later = await record(*[viewed] * 6)

    seen, page = [], None
    for _ in range(4):
        found = await find(database, page, 4)
        assert found.total == 13
        seen += [entry.id for entry in found.entries]
        page = found.further

    assert page is None
    assert len(seen) == 13
    assert set(seen[:6]) == set(later)
    assert set(seen[6:]) == set(at_once)


async def test_what_comes_meanwhile_moves_no_page(database, record, viewed):
    first = await record(*[viewed] * 4)
    found = await find(database, None, 2)
    await record(viewed)

    rest = await find(database, found.further, 2)

    assert {entry.id for entry in (*found.entries, *rest.entries)} == set(first)


@pytest.mark.parametrize("page", ["", "1", "x.00", "1.zz", "-1." + "0" * 32, "9" * 30 + ".00"])
async def test_a_page_that_was_never_given_is_not_found(database, page: str):
    with pytest.raises(NotFound):
        await find(database, page)


async def test_a_great_total_is_only_said_to_be_more(database, record, viewed, monkeypatch):
    monkeypatch.setattr(search, "COUNTED_AT_MOST", 3)
    await record(*[viewed] * 5)

    found = await find(database)

    assert (found.total, found.is_more) == (3, True)


async def test_an_export_has_every_entry_once(database, record, viewed):
    await record(*[viewed] * 120)

    async with database.reading() as tx:
        seen = [entry.id async for entry in search.all_entries(tx, Filter(room=viewed.room))]

    assert len(seen) == len(set(seen)) == 120


async def test_the_kinds_there_are_can_be_chosen_from(database, various):
    async with database.reading() as tx:
        assert await search.kinds(tx) == ["room:viewed", "section:opened"]


async def test_an_erased_pseudonym_names_nobody_any_more(database, record, viewed):
    await record(viewed)
    async with database.writing() as tx:
        await tx.execute(delete(audit_pseudonym).where(audit_pseudonym.c.kind == "member"))

    (seen,) = (await find(database)).entries

    assert seen.who is None
    assert seen.agency == viewed.agency


async def test_erased_details_are_gone_and_the_log_is_whole(database, record, viewed, sequencer):
    await record(viewed)
    await sequencer.sequence_once()
    async with database.writing() as tx:
        await tx.execute(delete(audit_detail))

    (seen,) = (await find(database)).entries

    assert (seen.details, seen.broken) == (None, False)
    async with database.reading() as tx:
        assert await checking.check_details(tx) is None
        assert (await checking.check_log(tx)).exit_code == 0


async def test_details_that_were_changed_are_shown_as_broken(database, record, viewed, sequencer):
    await record(viewed, viewed)
    await sequencer.sequence_once()
    async with database.writing() as tx:
        rows = await tx.rows(audit_detail.select())
        await tx.execute(update(audit_detail).values(sealed=rows[0].sealed[:-1] + b"\0\0"))

    assert all(entry.broken for entry in (await find(database)).entries)
    async with database.reading() as tx:
        fault = await checking.check_details(tx)
    assert fault is not None
    assert fault.first == 0


async def test_details_of_another_making_do_not_pass_for_the_entrys_own(
    database, record, viewed, sequencer, house_kms
):
    """Somebody who holds the keys seals other details under the right id: the commitment tells."""
    (entry_id,) = await record(viewed)
    await sequencer.sequence_once()
    async with database.writing() as tx:
        other = await details.seal(tx, viewed.room, entry_id.bytes, {"why": "another reason"})
        await tx.execute(update(audit_detail).values(sealed=other.sealed))

    assert (await find(database)).entries[0].broken
