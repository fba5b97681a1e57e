"""Agreements in force at an instant, proved when they are loaded, and refused when in doubt."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from policies import packs, revision, store, tables
from policies.catalogue import catalogue
from policies.compiling import class_cells
from policies.isa import IsaState, Party, PartyState
from policies.matrix import digest
from policies.question import Why
from server.directory import store as directory
from server.directory.agency import Agency
from server.kernel import clock
from server.kernel.database import Database
from server.kernel.errors import Invalid, NotFound, Unavailable
from server.kernel.ids import AgencyCode
from tests.policies.asking import OWN, ask
from tests.policies.quillmere import SIGNED, lay_quillmere, quillmere
from tests.policies.test_lint import changed

SCHOOL, VISITORS = "tansy_vale", "quillmere_hv"

pytestmark = pytest.mark.usefixtures("house_kms")


def health_for_the_lead():
    return ask("health_child", VISITORS, SCHOOL, role="lead_professional", day=clock.today())


async def why() -> str:
    return (await revision.book()).answer(health_for_the_lead()).why


async def change(database: Database, state: IsaState) -> datetime:
    async with database.writing() as tx:
        isa = await store.get_isa(tx, "QEH", 3)
        return await revision.put_in_force(tx, isa, state)


async def test_an_agreement_laid_and_signed_opens_what_its_clause_says(database):
    await lay_quillmere()

    answer = (await revision.book()).answer(health_for_the_lead())

    assert answer.allowed
    assert (answer.ref, answer.isa_revision) == ("QEH/3.3", 3)


async def test_before_anything_is_laid_everything_is_refused(database):
    assert await why() == Why.UNKNOWN
    assert (await revision.book()).packs == ()


async def test_a_change_takes_effect_at_its_instant_and_not_before(database):
    await lay_quillmere()
    assert await why() == "QEH/3.3"

    takes_effect_at = await change(database, IsaState.SUSPENDED)

    assert takes_effect_at - clock.now() > timedelta(seconds=0.8)
    assert await why() == "QEH/3.3"
    book = await revision.book()
    assert book.until == takes_effect_at
    with clock.moved_to(takes_effect_at):
        assert await why() == Why.FORCE


async def test_a_suspended_agreement_can_come_back_and_an_ended_one_is_gone(database):
    await lay_quillmere()

    with clock.moved_to(await change(database, IsaState.SUSPENDED)):
        back = await change(database, IsaState.ACTIVE)
        with clock.moved_to(back):
            assert await why() == "QEH/3.3"
            ended = await change(database, IsaState.ENDED)
            with clock.moved_to(ended):
                assert await why() == Why.NO_ISA


async def test_an_agreement_runs_between_its_london_days(database):
    await lay_quillmere()
    async with database.reading() as tx:
        laid = await store.find_laid(tx, "QEH", 3)
    assert laid is not None

    seen = []
    for instant in (laid.ends_at - timedelta(seconds=1), laid.ends_at):
        with clock.moved_to(instant):
            seen.append(await why())

    assert seen == ["QEH/3.3", Why.NO_ISA]
    assert laid.ends_at == clock.london_instant(laid.isa.ends)


async def test_a_signature_counts_from_and_until_its_instants(database):
    await lay_quillmere(*SIGNED[1:])
    signs, leaves = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2)
    async with database.writing() as tx:
        for party in (
            Party(AgencyCode(SCHOOL), PartyState.DPO_REVIEWED, clock.now(), signs),
            Party(AgencyCode(SCHOOL), PartyState.SIGNED, signs, leaves),
            Party(AgencyCode(SCHOOL), PartyState.WITHDRAWN, leaves),
        ):
            await store.add_party(tx, "QEH", party)
        await revision.put_in_force(tx, await store.get_isa(tx, "QEH", 3))

    seen = []
    for instant in (signs - timedelta(seconds=1), signs, leaves):
        with clock.moved_to(instant):
            book = await revision.book()
            seen.append((book.answer(health_for_the_lead()).why, book.is_party(AgencyCode(SCHOOL))))

    assert seen == [(Why.FORCE, False), ("QEH/3.3", True), (Why.FORCE, False)]


async def test_a_new_agency_is_known_when_it_is_asked_about_or_soon_after(database):
    await lay_quillmere()
    known = await revision.book()
    newcomer = AgencyCode("maple_wood")
    async with database.writing() as tx:
        await directory.add_agency(tx, Agency(newcomer, "Maple Wood School", "education"))

    assert not known.knows_agencies([newcomer])
    assert (await revision.book(naming=[newcomer])).knows_agencies([newcomer])


async def test_a_new_agency_is_known_at_the_next_look(database, monkeypatch):
    await lay_quillmere()
    await revision.book()
    newcomer = AgencyCode("maple_wood")
    async with database.writing() as tx:
        await directory.add_agency(tx, Agency(newcomer, "Maple Wood School", "education"))

    monkeypatch.setattr(revision, "LOOK_EVERY_S", 0)

    assert (await revision.book()).knows_agencies([newcomer])


async def test_an_agency_called_like_a_group_is_never_known(database):
    await lay_quillmere()
    async with database.writing() as tx:
        await directory.add_agency(tx, Agency(AgencyCode("sec_health"), "Cunning", "housing"))

    book = await revision.book(naming=[AgencyCode("sec_health")])

    assert not book.knows_agencies([AgencyCode("sec_health")])


async def test_one_query_every_now_and_then_keeps_a_process_sure(database, monkeypatch):
    await lay_quillmere()
    first = await revision.book()

    loads = []
    monkeypatch.setattr(revision, "load", lambda *_: loads.append(1))
    again = await revision.book()
    monkeypatch.setattr(revision, "LOOK_EVERY_S", 0)
    looked = await revision.book()

    assert first is again
    assert looked is first
    assert loads == []


async def test_the_book_in_a_transaction_is_read_there(database):
    await lay_quillmere()
    async with database.writing() as tx:
        book = await revision.book(tx)

    assert book.answer(health_for_the_lead()).allowed


@pytest.mark.parametrize("fault", [SQLAlchemyError(), Unavailable(), OSError()])
async def test_a_process_that_cannot_read_what_is_in_force_says_no(database, monkeypatch, fault):
    await lay_quillmere()

    async def fail(tx):
        raise fault

    monkeypatch.setattr(store, "newest_change", fail)

    assert await why() == Why.NOT_CONFIRMED


async def test_a_process_whose_last_look_is_too_old_is_not_sure(database, monkeypatch):
    await lay_quillmere()
    assert revision.current().answer(health_for_the_lead()).why == Why.NOT_CONFIRMED

    await revision.book()
    assert revision.current().answer(health_for_the_lead()).allowed

    monkeypatch.setattr(revision, "LEASE_S", 0)
    assert revision.current().answer(health_for_the_lead()).why == Why.NOT_CONFIRMED


async def test_the_watch_tells_of_every_book_that_differs(database, monkeypatch):
    await lay_quillmere()
    monkeypatch.setattr(revision, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(revision, "EFFECT_AFTER", timedelta(seconds=0.05))
    told = []

    async def hear(book):
        told.append(book.answer(health_for_the_lead()).why)

    watching = asyncio.create_task(revision.watch(hear))
    while len(told) < 1:
        await asyncio.sleep(0.01)
    await change(database, IsaState.SUSPENDED)
    while len(told) < 2:
        await asyncio.sleep(0.01)
    watching.cancel()

    assert told == ["QEH/3.3", Why.FORCE]


# ---------------------------------------------------------------- proof


async def _tamper(database: Database, **values) -> None:
    async with database.writing() as tx:
        await tx.execute(
            update(tables.isa_matrix).where(tables.isa_matrix.c.isa == "QEH").values(**values)
        )


async def _content(database: Database) -> bytes:
    async with database.reading() as tx:
        (stored,) = await store.list_matrices(tx, "QEH", 3)
    return stored.content


async def test_a_matrix_without_its_hash_is_not_used(database):
    await lay_quillmere()
    await _tamper(database, content_hash="0" * 64)

    assert await why() == Why.ISA_REFUSED


async def test_a_matrix_that_differs_from_casbin_is_not_used_even_with_its_hash(database):
    await lay_quillmere()
    wrong = (await _content(database)).replace(b'"lead_professional":', b'"lead":')
    await _tamper(database, content=wrong, content_hash=digest(wrong))

    assert await why() == Why.ISA_REFUSED
    own = ask("parenting", SCHOOL, SCHOOL, grounds=OWN, day=clock.today())
    assert (await revision.book()).answer(own).allowed


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format":1}'])
async def test_a_matrix_that_cannot_be_read_is_not_used(database, content):
    await lay_quillmere()
    await _tamper(database, content=content, content_hash=digest(content))

    assert await why() == Why.ISA_REFUSED


async def test_a_matrix_of_other_clauses_is_not_used(database):
    await lay_quillmere()
    await _tamper(database, revision="0" * 64)

    assert await why() == Why.ISA_REFUSED


async def test_an_agreement_without_its_matrix_is_refused(database):
    await lay_quillmere()
    async with database.writing() as tx:
        await tx.execute(delete(tables.isa_matrix))

    assert await why() == Why.ISA_REFUSED


async def test_a_change_to_a_version_never_laid_brings_nothing_in_force(database, monkeypatch):
    await lay_quillmere()

    async def nothing_laid(tx, code, version):
        return None

    monkeypatch.setattr(store, "find_laid", nothing_laid)

    assert await why() == Why.NO_ISA


async def test_every_matrix_in_force_is_checked_class_by_class(database, monkeypatch):
    await lay_quillmere()
    monkeypatch.setattr(revision, "class_cells", _few_cells)
    async with database.reading() as tx:
        checked = await revision.check_all(tx)

    assert [one.pack for one in checked] == ["FAMILY", "HOUSE", "QEH"]
    assert all(one.follows and one.cells and not one.differences for one in checked)


async def test_the_check_finds_the_classes_that_differ(database, monkeypatch):
    await lay_quillmere()
    monkeypatch.setattr(revision, "class_cells", _few_cells)
    lost = (await _content(database)).replace(b'"lead_professional":', b'"lead":')
    await _tamper(database, content=lost, content_hash=digest(lost))

    async with database.reading() as tx:
        checked = {one.pack: one for one in await revision.check_all(tx)}

    assert checked["QEH"].differences
    assert not checked["QEH"].follows
    assert not checked["HOUSE"].differences


def _few_cells(lines, day, words):
    pack, cells, classes = class_cells(lines, day, words)
    return pack, cells[::9], classes


# ---------------------------------------------------------------- compile and store


async def test_an_agreement_with_faults_is_not_compiled():
    faulty = changed(quillmere(), "QEH/3.5", ground="own")

    with pytest.raises(Invalid, match="allows own between agencies"):
        await revision.compile_isa(faulty)


async def test_compiling_leaves_the_loop_free(database, monkeypatch):
    monkeypatch.setattr(revision, "_compiled", {})
    isa = packs.read_pack(packs.find_pack("qeh_3"), starts=date(2031, 1, 1), ends=date(2032, 1, 1))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await revision.compile_isa(isa)
    ticking.cancel()

    assert ticks > 5


async def test_an_agreement_comes_back_as_it_was_laid(database):
    await lay_quillmere()
    async with database.reading() as tx:
        found = await store.get_isa(tx, "QEH", 3)
        listed = await store.list_isas(tx)

    assert listed == [found]
    laid = packs.read_pack(
        packs.find_pack("qeh_3"), starts=found.starts, ends=found.ends, review_on=found.review_on
    )
    assert found == laid
    assert isinstance(found.starts, date)


async def test_an_agreement_never_laid_is_not_found(database):
    async with database.reading() as tx:
        with pytest.raises(NotFound):
            await store.get_isa(tx, "QEH", 3)
        assert await store.find_laid(tx, "QEH", 3) is None
        assert await store.newest_version(tx, "QEH") is None
        assert await store.newest_change(tx) == 0


async def test_the_words_are_seeded_once_and_missing_ones_are_added(database):
    async with database.writing() as tx:
        await tx.execute(insert(tables.category).values(code="asb", words="As it was", position=0))
        await store.seed_catalogue(tx, catalogue())
        await store.seed_catalogue(tx, catalogue())
        categories = {row.code: row.words for row in await tx.rows(select(tables.category))}
        purposes = {row.code for row in await tx.rows(select(tables.purpose))}

    assert categories["asb"] == "As it was"
    assert categories.keys() == catalogue().categories.keys()
    assert purposes == catalogue().purposes.keys()


async def test_parties_are_listed_with_every_standing_they_had(database):
    await lay_quillmere()
    reviewed = Party(
        AgencyCode("lantern_thread"), PartyState.DPO_REVIEWED, datetime(2026, 1, 1, tzinfo=UTC)
    )
    async with database.writing() as tx:
        await store.add_party(tx, "QEH", reviewed)
        parties = await store.list_parties(tx, "QEH")

    assert reviewed in parties
    assert {party.agency for party in parties if party.state is PartyState.SIGNED} == set(SIGNED)
