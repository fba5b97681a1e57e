"""No agreement falls away at midnight by oversight: extended, suspended, lifted, ended, expired."""

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import monotonic

import pytest

from consent import effect as effects
from consent import extending, reading_isas, signing, standing, suspending
from consent.forecasting import forecast
from policies import packs, revision, store
from policies.act import Act
from policies.decision import Denied
from policies.draft import rules_of, with_days
from policies.isa import IsaState, PartyState
from policies.question import Why
from server.audit.search import Filter
from server.directory.member import Office
from server.kernel import clock
from server.kernel.clock import london_instant
from server.kernel.database import reading, writing
from server.kernel.errors import Conflict, Invalid, NotFresh
from server.keys import kms
from tests.consent.acts import entries, hold
from tests.consent.officers import (
    HEALTH,
    HOMES,
    LANTERN,
    SCHOOL,
    approved,
    began,
    confirmed,
    officer,
    signed,
)
from tests.consent.officers import sent as with_the_parties
from tests.policies.asking import ask
from tests.policies.quillmere import SIGNED, lay_quillmere

on_one_store = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
SECOND = timedelta(seconds=1)


@pytest.fixture
def noor(waiting):
    return waiting.practitioner("noor")


async def qeh(version: int = 3):
    async with reading() as tx:
        return await store.get_isa(tx, "QEH", version)


async def why(source, at: datetime) -> str:
    """What the lead of the school is told of health or of a home, at an instant."""
    category = "health_child" if source == HEALTH else "housing_tenancy"
    with clock.moved_to(at):
        await asyncio.sleep(revision.LOOK_EVERY_S)
        book = await revision.book()
    question = ask(category, source, SCHOOL, role="lead_professional", day=clock.london_day(at))
    return book.answer(question).why


@contextmanager
def day(of: date, hour: int = 9):
    with clock.moved_to(london_instant(of, hour)):
        yield


async def extends(agency, version: int):
    signer = await officer(agency, Office.SIGNING_OFFICER)
    return await extending.extend_isa(signer, "QEH", version=version, fresh=confirmed(signer))


async def test_each_party_goes_on_for_thirty_days_while_the_review_is_late(noor, waiting):
    isa = await qeh()
    over = london_instant(isa.ends)
    longer = london_instant(isa.ends + timedelta(days=30))
    with day(isa.review_on - timedelta(days=1)), pytest.raises(Invalid, match="from the day"):
        await extends(SCHOOL, 3)
    with day(isa.review_on):
        assert await extends(SCHOOL, 3) == isa.ends + timedelta(days=30)
        with pytest.raises(Conflict):
            await extends(HEALTH, 3)
    with day(isa.review_on, 10):
        await extends(HEALTH, 4)
        with pytest.raises(Invalid, match="already"):
            await extends(SCHOOL, 4)
        for who in (noor, await officer(SCHOOL, Office.DPO_CALDICOTT)):
            with pytest.raises(Denied):
                await extending.extend_isa(who, "QEH", version=4, fresh=confirmed(who))
        [told] = await reading_isas.list_isas(waiting.members["imara"])
        assert [one.agency for one in told.review.extended] == [SCHOOL, HEALTH]
        assert told.review.agreed_end == isa.ends
        ends = {one.agency: one.day for one in await forecast(noor, timedelta(days=90))}
        assert ends["Bramblegate Homes"] == isa.ends
        assert ends["Tansy Vale School"] == isa.ends + timedelta(days=30)

    assert rules_of(await qeh(4))[0].term.until == isa.ends + timedelta(days=30)
    assert [one.ref for one in rules_of(await qeh(4))] == [one.ref for one in rules_of(isa)]
    assert await why(HOMES, over - SECOND) == "QEH/3.5"
    assert await why(HEALTH, over - SECOND) == "QEH/3.3"
    assert await why(HEALTH, over) == "QEH/3.3"
    assert await why(HOMES, over) == Why.FORCE
    with day(isa.ends + timedelta(days=5)):
        await extends(HOMES, 4)
        with pytest.raises(Invalid, match="not signed"):
            await extends(LANTERN, 4)
    assert await why(HOMES, london_instant(isa.ends + timedelta(days=5), 10)) == "QEH/3.5"
    assert await why(HOMES, longer - SECOND) == "QEH/3.5"
    assert not (await why(HOMES, longer)).startswith("QEH")
    noted = [one.details or {} for one in await entries(Filter(kind="isa:party-stands"))]
    assert [one["state"] for one in noted] == ["extended"] * 3


@on_one_store
async def test_an_agreement_that_has_ended_already_goes_on_only_between_those_who_extend(noor):
    isa = await qeh()
    with day(isa.ends + timedelta(days=2)):
        await extends(SCHOOL, 3)
    after = london_instant(isa.ends + timedelta(days=2), 10)
    assert await why(HEALTH, after) == Why.FORCE
    with day(isa.ends + timedelta(days=2), 11):
        await extends(HEALTH, 4)
    assert await why(HEALTH, london_instant(isa.ends + timedelta(days=2), 12)) == "QEH/3.3"
    assert await why(HOMES, london_instant(isa.ends + timedelta(days=2), 12)) == Why.FORCE
    with day(isa.ends + timedelta(days=30)), pytest.raises(Invalid):
        await extends(HOMES, 4)


@on_one_store
async def test_a_new_version_keeps_those_who_signed_it_past_the_end_they_did_not_extend(noor):
    isa = await qeh()
    with day(isa.review_on):
        await extends(SCHOOL, 3)
    with day(isa.review_on, 10):
        draft = await with_the_parties(noor, await began(noor))
        assert draft.isa.version == 5
        await signed(draft, SIGNED)
        dpo = await officer(LANTERN, Office.DPO_CALDICOTT)
        effect = await effects.view_effect(dpo, "QEH")
        await approved(dpo, effect.digest)
    assert await why(HOMES, london_instant(isa.ends)) == "QEH/3.5"


@on_one_store
async def test_who_leaves_after_signing_a_draft_is_not_brought_back_by_its_approval(noor):
    draft = await with_the_parties(noor, await began(noor))
    await signed(draft, [SCHOOL, HEALTH, HOMES])
    dpo = await officer(HOMES, Office.DPO_CALDICOTT)
    await signing.stand_back(dpo, "QEH", PartyState.WITHDRAWN)
    lantern = await officer(LANTERN, Office.DPO_CALDICOTT)
    effect = await effects.view_effect(lantern, "QEH")
    assert HOMES not in effect.joins
    await approved(lantern, effect.digest)
    assert await why(HOMES, clock.now() + timedelta(seconds=5)) == Why.FORCE


async def test_two_organisations_let_a_suspended_agreement_hold_again(noor, waiting):
    school = await officer(SCHOOL, Office.DPO_CALDICOTT)
    health = await officer(HEALTH, Office.SIGNING_OFFICER)

    async def lifts(who, version: int = 3):
        return await suspending.lift_isa(who, "QEH", version=version, fresh=confirmed(who))

    with pytest.raises(Conflict):
        await lifts(school)
    at = await suspending.suspend_isa(noor, "QEH")
    assert await why(HEALTH, at) == Why.FORCE
    with clock.moved_to(at + SECOND):
        with pytest.raises(NotFresh):
            await suspending.lift_isa(
                school, "QEH", version=3, fresh=confirmed(school, ago=timedelta(minutes=7))
            )
        with pytest.raises(NotFresh):
            await suspending.lift_isa(school, "QEH", version=3, fresh=confirmed(health))
        for who in (await officer(LANTERN, Office.DPO_CALDICOTT), waiting.practitioner("ada")):
            with pytest.raises(Denied):
                await lifts(who)
        assert await lifts(school) is None
        with pytest.raises(Invalid, match="another organisation"):
            await lifts(await officer(SCHOOL, Office.SIGNING_OFFICER))
        shown = await standing.view_standing(health, "QEH")
        assert (shown.lifting, shown.may_lift) == ((SCHOOL,), True)
        assert await why(HEALTH, clock.now() + 3 * SECOND) == Why.FORCE
        again = await lifts(health)
        assert again is not None
    assert await why(HEALTH, again + SECOND) == "QEH/3.3"
    assert len(await entries(Filter(kind=Act.LIFT_ISA.refused))) == 4


@on_one_store
async def test_a_lift_asked_for_before_the_next_suspension_does_not_count_after_it(noor):
    school = await officer(SCHOOL, Office.DPO_CALDICOTT)
    health = await officer(HEALTH, Office.DPO_CALDICOTT)
    at = await suspending.suspend_isa(noor, "QEH")
    for number in range(2):
        with clock.moved_to(at + SECOND):
            for who in (school, health):
                shown = await standing.view_standing(who, "QEH")
                assert shown.may_lift, number
                lifted = await suspending.lift_isa(who, "QEH", version=3, fresh=confirmed(who))
            assert lifted is not None
        with clock.moved_to(lifted + SECOND):
            at = await suspending.suspend_isa(noor, "QEH")


@on_one_store
async def test_what_has_ended_does_not_hold_again_and_says_so(noor, waiting):
    school = await officer(SCHOOL, Office.SIGNING_OFFICER)
    with pytest.raises(Invalid, match="mean it"):
        await suspending.end_isa(noor, "QEH", is_sure=False)
    with pytest.raises(Denied):
        await suspending.end_isa(school, "QEH", is_sure=True)
    at = await suspending.end_isa(noor, "QEH", is_sure=True)
    with clock.moved_to(at + SECOND):
        assert not (await why(HEALTH, clock.now())).startswith("QEH")
        [told] = await reading_isas.list_isas(waiting.members["imara"])
        assert told.state is IsaState.ENDED
        with pytest.raises(Conflict):
            await suspending.end_isa(noor, "QEH", is_sure=True)
        with pytest.raises(Conflict):
            await suspending.lift_isa(school, "QEH", version=3, fresh=confirmed(school))
        with pytest.raises(Conflict):
            await suspending.suspend_isa(noor, "QEH")
    with day((await qeh()).review_on), pytest.raises(Invalid):
        await extends(SCHOOL, 3)


@on_one_store
async def test_one_person_does_not_end_what_forbids_something_another_agreement_may_open(noor):
    async with reading() as tx:
        isa = await store.get_isa(tx, "QEH", 3)
        parties = await store.list_parties(tx, "QEH")
    text = packs.find_pack("qeh_3").replace("QEH", "MILL")
    other = packs.read_pack(text, starts=isa.starts, ends=isa.ends)
    matrices = await revision.compile_isa(other)
    async with writing() as tx:
        await revision.lay(tx, other, matrices, parties)
        at = await revision.put_in_force(tx, other)
    with clock.moved_to(at + SECOND), pytest.raises(Invalid, match="Suspend it"):
        await suspending.end_isa(noor, "QEH", is_sure=True)


@on_one_store
async def test_what_is_open_live_at_midnight_closes_with_the_agreement_to_the_second(samplewick):
    last_day = clock.today() + timedelta(days=2)
    isa = await qeh()
    short = replace(with_days(isa, isa.starts, last_day, last_day), version=4)
    matrices = await revision.compile_isa(short)
    async with writing() as tx:
        await revision.lay(tx, short, matrices)
        await revision.put_in_force(tx, short)
    school, own = (samplewick.label(code).thing for code in ("S3", "S4"))
    midnight = london_instant(last_day)
    with clock.moved_to(midnight - timedelta(minutes=1)):
        held = await hold(samplewick, "bronagh")
        assert held.allows(Act.OPEN_SECTION, school)
        ends_at = clock.now() + timedelta(seconds=held.until - monotonic())
        assert abs(ends_at - midnight) < SECOND
    with clock.moved_to(midnight):
        held = await hold(samplewick, "bronagh")
        assert not held.allows(Act.OPEN_SECTION, school)
        assert held.allows(Act.OPEN_SECTION, own)


@on_one_store
@pytest.mark.parametrize(
    ("ends", "instant"),
    [
        (date(2026, 10, 26), datetime(2026, 10, 26, 0, tzinfo=UTC)),
        (date(2027, 3, 29), datetime(2027, 3, 28, 23, tzinfo=UTC)),
    ],
    ids=["clocks-go-back", "clocks-go-forward"],
)
async def test_an_agreement_ends_at_midnight_in_london_to_the_second(
    database, tmp_path, ends, instant
):
    del database
    kms.bind(kms.LocalKms(tmp_path / "keys"))
    with clock.moved_to(london_instant(ends - timedelta(days=305), 12)):
        await lay_quillmere()
        assert (await qeh()).ends == ends
    assert await why(HEALTH, instant - SECOND) == "QEH/3.3"
    assert not (await why(HEALTH, instant)).startswith("QEH")
