"""An agreement from draft to force: written, reviewed, signed, approved, narrowed, left."""

import asyncio
from datetime import timedelta

import pytest

from consent import activating, drafting, examples, signing, suspending
from consent import effect as effects
from consent.drafting import FromFile, FromForce, FromTemplate
from policies import revision, store
from policies.act import Act
from policies.decision import Denied
from policies.draft import Mark, Stage, rules_of
from policies.isa import IsaState, PartyState
from policies.isa_file import digest_of, read_isa
from policies.question import Why
from server.audit.search import Filter
from server.directory import store as directory
from server.directory.member import Office
from server.directory.team import Role, Seat
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import SeatId, new_id
from tests.consent.acts import entries
from tests.consent.officers import (
    HEALTH,
    HOMES,
    LANTERN,
    SCHOOL,
    approved,
    began,
    confirmed,
    draft_of,
    officer,
    sent,
    signed,
    widened,
)
from tests.policies.asking import STANDING, ask
from tests.policies.quillmere import SIGNED

on_one_store = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""Where what is asked does not hang on the store."""


@pytest.fixture
def noor(waiting):
    return waiting.practitioner("noor")


def attendance():
    """May housing see how a child does at school?"""
    return ask("education_attendance", SCHOOL, HOMES, day=clock.today())


async def why(question, *, later: float = 5) -> str:
    await asyncio.sleep(revision.LOOK_EVERY_S)
    with clock.moved_to(clock.now() + timedelta(seconds=later)):
        return (await revision.book()).answer(question).why


async def standing(agency) -> PartyState | None:
    async with reading() as tx:
        return await signing.standing_of(tx, "QEH", agency)


async def noted(kind: str) -> list[dict[str, object]]:
    """What the log tells beside the gate's own entries, newest first."""
    return [dict(one.details) for one in await entries(Filter(kind=kind)) if one.details]


async def in_force() -> list[tuple[int, IsaState]]:
    async with reading() as tx:
        changes = await store.list_changes(tx)
        return [(one.version, one.state) for one in changes if one.isa == "QEH"]


async def test_a_version_is_drafted_signed_approved_and_takes_effect(noor):
    draft = await sent(noor, await widened(noor, await began(noor)))
    await signed(draft, SIGNED)
    dpo = await officer(LANTERN, Office.DPO_CALDICOTT)
    effect = await effects.view_effect(dpo, "QEH", to_approve=True)
    assert not effect.difference.is_narrowing
    assert (effect.joins, effect.leaves) == ((), ())

    at = await approved(dpo, effect.digest)

    assert at - clock.now() > timedelta(seconds=0.8)
    assert await why(attendance(), later=0) == Why.NO_CLAUSE
    assert await why(attendance()) == "QEH/3.11"
    async with reading() as tx:
        assert digest_of(await store.get_isa(tx, "QEH", 4)) == draft.digest
    with pytest.raises(NotFound):
        await draft_of(noor)
    assert (await noted("isa:activated"))[0]["difference"] == effect.digest
    states = [one["state"] for one in await noted("isa:party-stands")]
    assert (states.count("reviewed"), states.count("signed")) == (len(SIGNED), len(SIGNED))


async def test_a_party_that_has_not_signed_the_new_version_is_none_from_then_on(noor):
    draft = await sent(noor, await began(noor))
    await signed(draft, [SCHOOL, HEALTH])
    dpo = await officer(LANTERN, Office.DPO_CALDICOTT)
    effect = await effects.view_effect(dpo, "QEH", to_approve=True)
    assert HOMES in effect.leaves

    await approved(dpo, effect.digest)

    home = ask("housing_tenancy", HOMES, SCHOOL, role="lead_professional", day=clock.today())
    assert await why(home, later=0) == "QEH/3.5"
    assert await why(home) == Why.FORCE
    with clock.moved_to(clock.now() + timedelta(seconds=5)):
        assert await standing(HOMES) is PartyState.INVITED
        dpo_of_homes = await officer(HOMES, Office.DPO_CALDICOTT)
        signer = await officer(HOMES, Office.SIGNING_OFFICER)
        await signing.sign(dpo_of_homes, "QEH", draft.digest, fresh=confirmed(dpo_of_homes))
        assert (await revision.book()).answer(home).why == Why.FORCE
        await signing.sign(signer, "QEH", draft.digest, fresh=confirmed(signer))
        await asyncio.sleep(revision.LOOK_EVERY_S)
        assert (await revision.book()).answer(home).why == "QEH/3.5"


@on_one_store
async def test_nobody_approves_her_own_or_her_organisations_or_what_opens_more_to_her(
    noor, waiting
):
    draft = await sent(noor, await widened(noor, await began(noor)))
    await signed(draft, SIGNED)
    council = await officer(noor.agency, Office.DPO_CALDICOTT)
    effect = (await effects.view_effect(council, "QEH")).digest

    for who, reason in (
        (noor, activating.WROTE_IT_HERSELF),
        (council, activating.SAME_ORGANISATION),
        (waiting.practitioner("imara"), Why.NO_CLAUSE),
        (waiting.practitioner("yusuf"), Why.NO_CLAUSE),
    ):
        with pytest.raises(Denied) as refused:
            await approved(who, effect)
        assert refused.value.decision.why == reason

    assert await in_force() == [(3, IsaState.ACTIVE)]
    assert len(await entries(Filter(kind=Act.APPROVE_ISA.refused))) == 4


@on_one_store
async def test_nobody_approves_what_opens_more_to_her_own_account(noor, waiting):
    draft = await sent(noor, await widened(noor, await began(noor)))
    await signed(draft, SIGNED)
    homes = await officer(HOMES, Office.DPO_CALDICOTT)
    effect = (await effects.view_effect(homes, "QEH")).digest
    async with writing() as tx:
        place = Seat(
            SeatId(new_id()),
            waiting.room,
            homes.id,
            HOMES,
            Role.TAC_MEMBER,
            frozenset({"plan"}),
            tx.at,
        )
        await directory.add_seat(tx, place)

    with pytest.raises(Denied) as refused:
        await approved(homes, effect)

    assert refused.value.decision.why == activating.OPENS_TO_HERSELF


async def test_an_approval_is_bound_to_the_difference_that_was_shown(noor):
    draft = await sent(noor, await widened(noor, await began(noor)))
    await signed(draft, [SCHOOL, HEALTH])
    dpo = await officer(LANTERN, Office.DPO_CALDICOTT)
    effect = (await effects.view_effect(dpo, "QEH")).digest

    await signed(draft, [HOMES])

    with pytest.raises(Conflict):
        await approved(dpo, effect)
    draft = await draft_of(noor)
    await drafting.take_back(noor, "QEH", draft.edition, drop=False)
    shown = await effects.view_effect(dpo, "QEH")
    with pytest.raises(Conflict):
        await approved(dpo, shown.digest)
    assert await in_force() == [(3, IsaState.ACTIVE)]


@on_one_store
async def test_two_organisations_have_to_sign_before_anybody_approves(noor):
    draft = await sent(noor, await began(noor))
    await signed(draft, [SCHOOL])
    dpo = await officer(LANTERN, Office.DPO_CALDICOTT)
    effect = await effects.view_effect(dpo, "QEH")

    with pytest.raises(Invalid, match="two organisations"):
        await approved(dpo, effect.digest)


@on_one_store
async def test_what_was_signed_counts_only_for_the_text_that_was_read(noor):
    draft = await sent(noor, await began(noor))
    dpo = await officer(SCHOOL, Office.DPO_CALDICOTT)
    signer = await officer(SCHOOL, Office.SIGNING_OFFICER)
    with pytest.raises(Invalid, match="has not reviewed it yet"):
        await signing.sign(signer, "QEH", draft.digest, fresh=confirmed(signer))
    assert await signing.sign(dpo, "QEH", draft.digest, fresh=confirmed(dpo)) is Mark.REVIEWED
    with pytest.raises(Invalid, match="done this already"):
        await signing.sign(dpo, "QEH", draft.digest, fresh=confirmed(dpo))
    assert await signing.sign(signer, "QEH", draft.digest, fresh=confirmed(signer)) is Mark.SIGNED
    assert (await draft_of(noor)).stage is Stage.SIGNING

    draft = await draft_of(noor)
    await drafting.take_back(noor, "QEH", draft.edition, drop=False)
    changed = await sent(noor, await widened(noor, await draft_of(noor)))

    assert changed.who(Mark.SIGNED) == frozenset()
    assert {one.digest for one in changed.signatures} == {draft.digest}
    with pytest.raises(Conflict):
        await signing.sign(dpo, "QEH", draft.digest, fresh=confirmed(dpo))


@on_one_store
async def test_only_officers_of_a_party_review_and_sign(noor, waiting):
    draft = await sent(noor, await began(noor))
    for who, reason in (
        (noor, signing.NOT_HER_OFFICE),
        (waiting.practitioner("bronagh"), Why.NO_CLAUSE),
        (waiting.practitioner("ada"), Why.NO_CLAUSE),
        (await officer(LANTERN, Office.DPO_CALDICOTT), signing.NOT_A_PARTY),
    ):
        with pytest.raises(Denied) as refused:
            await signing.sign(who, "QEH", draft.digest, fresh=confirmed(who))
        assert refused.value.decision.why == reason


async def test_who_joins_late_signs_for_herself_and_gains_nothing_before(noor):
    with pytest.raises(Invalid):
        await signing.invite_party(noor, "QEH", SCHOOL)
    await signing.invite_party(noor, "QEH", LANTERN)
    dpo = await officer(LANTERN, Office.DPO_CALDICOTT)
    signer = await officer(LANTERN, Office.SIGNING_OFFICER)
    shown = await signing.prepare_signature(dpo, "QEH")
    assert not shown.is_draft

    names = ask("identity_contact", SCHOOL, LANTERN, grounds=STANDING, day=clock.today())
    assert await why(names, later=0) == Why.FORCE
    await signing.sign(dpo, "QEH", shown.draft.digest, fresh=confirmed(dpo))
    assert await why(names, later=1) == Why.FORCE
    await signing.sign(signer, "QEH", shown.draft.digest, fresh=confirmed(signer))

    assert await why(names, later=2) == "QEH/3.1"
    assert await standing(LANTERN) is PartyState.SIGNED


async def test_an_organisation_suspends_its_part_at_once_and_signs_again(noor):
    health = ask("health_child", HEALTH, SCHOOL, role="lead_professional", day=clock.today())
    assert await why(health, later=0) == "QEH/3.3"
    dpo = await officer(HEALTH, Office.DPO_CALDICOTT)
    signer = await officer(HEALTH, Office.SIGNING_OFFICER)

    await signing.stand_back(dpo, "QEH", PartyState.SUSPENDED)
    assert await why(health, later=0.5) == Why.FORCE
    with pytest.raises(Invalid):
        await signing.stand_back(dpo, "QEH", PartyState.SUSPENDED)
    with pytest.raises(Denied):
        await signing.stand_back(noor, "QEH", PartyState.SUSPENDED)

    digest = (await signing.prepare_signature(dpo, "QEH")).draft.digest
    await signing.sign(dpo, "QEH", digest, fresh=confirmed(dpo))
    await signing.sign(signer, "QEH", digest, fresh=confirmed(signer))
    assert await why(health, later=2) == "QEH/3.3"
    await signing.stand_back(signer, "QEH", PartyState.WITHDRAWN)
    assert await why(health, later=3) == Why.FORCE
    with pytest.raises(Denied):
        await signing.sign(dpo, "QEH", digest, fresh=confirmed(dpo))


@on_one_store
async def test_one_person_takes_a_rule_out_of_what_is_in_force_and_nothing_more(noor, waiting):
    async with reading() as tx:
        rules = rules_of(await store.get_isa(tx, "QEH", 3))
    attends = next(n for n, rule in enumerate(rules) if rule.ref == "QEH/3.10")
    forbids = next(n for n, rule in enumerate(rules) if rule.ref == "QEH/5.1")
    view = ask("child_voice", SCHOOL, HEALTH, day=clock.today())
    assert await why(view, later=0) == "QEH/3.10"

    with pytest.raises(Invalid, match="would open"):
        await activating.narrow_isa(noor, "QEH", version=3, row=forbids)
    with pytest.raises(Denied):
        await activating.narrow_isa(waiting.practitioner("ada"), "QEH", version=3, row=attends)
    with pytest.raises(Invalid, match="Choose which rule"):
        await activating.narrow_isa(noor, "QEH", version=3, row=len(rules))
    await activating.narrow_isa(noor, "QEH", version=3, row=attends)

    assert await why(view) == Why.NO_CLAUSE
    assert await in_force() == [(3, IsaState.ACTIVE), (4, IsaState.ACTIVE)]
    with pytest.raises(Conflict):
        await activating.narrow_isa(noor, "QEH", version=3, row=attends)


@on_one_store
async def test_a_suspended_agreement_opens_nothing_and_what_was_approved_does_not_lift_it(noor):
    draft = await sent(noor, await began(noor))
    await signed(draft, SIGNED)
    dpo = await officer(LANTERN, Office.DPO_CALDICOTT)
    effect = await effects.view_effect(dpo, "QEH")
    at = clock.now() + timedelta(days=2)
    assert await approved(dpo, effect.digest, at=at) == at

    await suspending.suspend_isa(noor, "QEH")

    health = ask("health_child", HEALTH, SCHOOL, role="lead_professional", day=clock.today())
    assert await why(health) == Why.FORCE
    with clock.moved_to(at + timedelta(seconds=1)):
        later = ask("health_child", HEALTH, SCHOOL, role="lead_professional", day=clock.today())
        assert (await revision.book()).answer(later).why == Why.FORCE
    with pytest.raises(Conflict):
        await suspending.suspend_isa(noor, "QEH")


@on_one_store
async def test_a_draft_with_faults_is_not_sent_and_says_where(noor):
    await drafting.begin_draft(noor, FromForce("QEH"))
    with pytest.raises(Conflict):
        await drafting.begin_draft(noor, FromForce("QEH"))
    shown = await drafting.view_draft(noor, "QEH")
    assert [(one.row, one.words) for one in shown.faults] == [(None, "The agreement has no text.")]

    with pytest.raises(Invalid, match="has no text"):
        await drafting.send_for_review(noor, "QEH", shown.draft.edition)
    with pytest.raises(Conflict):
        await drafting.take_out(noor, "QEH", shown.draft.edition + 1, 0)
    await drafting.take_back(noor, "QEH", shown.draft.edition, drop=True)

    with pytest.raises(NotFound):
        await drafting.view_draft(noor, "QEH")


async def test_a_file_comes_in_as_a_draft_and_a_bad_one_leaves_everything_as_it_was(noor):
    text = await drafting.export_isa(noor, "QEH")
    assert read_isa(text).isa.version == 3

    with pytest.raises(Invalid) as refused:
        await drafting.begin_draft(noor, FromFile(text.replace("housing_tenancy", "housing")))
    assert all(words.startswith("Line ") for words in refused.value.faults.values())
    with pytest.raises(Invalid, match="Not known here: nobody_here"):
        await drafting.begin_draft(
            noor, FromFile(text.replace('["tansy_vale"]', '["nobody_here"]'))
        )
    with pytest.raises(NotFound):
        await draft_of(noor)
    assert await in_force() == [(3, IsaState.ACTIVE)]

    assert await drafting.begin_draft(noor, FromFile(text)) == "QEH"
    assert (await draft_of(noor)).isa.clauses == read_isa(text).isa.clauses


@on_one_store
@pytest.mark.parametrize("name", ["ico", "waspi", "s16la"])
async def test_a_new_agreement_begins_from_a_template(noor, name):
    await drafting.begin_draft(noor, FromTemplate(name, "MILL", "Mill Lane agreement"))

    shown = await drafting.view_draft(noor, "MILL")
    assert (shown.draft.isa.version, shown.draft.isa.title) == (1, "Mill Lane agreement")
    assert shown.draft.isa.text
    words = {one.words for one in shown.faults if one.row is not None}
    assert words == set()
    tried = (await examples.view_examples(noor, "MILL")).tried
    if shown.draft.isa.clauses:
        assert tried is not None
        assert all(one.holds for one in tried)
