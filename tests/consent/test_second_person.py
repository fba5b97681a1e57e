"""The second person: who may review a decision about sharing, and what a challenge does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent.second_person import list_reviews, review, view_for_review
from consent.sharing_decision import Review
from consent.showing_decisions import list_decisions
from policies.decision import Denied
from server.directory import store as directory
from server.directory.member import Member, Office, Practitioner
from server.directory.team import Role, Seat
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import AgencyCode, MemberId, SeatId, new_id
from tests.consent.acts import entries
from tests.consent.samplewick import Samplewick
from tests.consent.test_deciding import of_a_worry, record, sees
from tests.fakes.family_room import accepted


@pytest.fixture
async def told(samplewick):
    """A decision that waits for its second person."""
    made = of_a_worry(samplewick)
    await record(samplewick, made)
    return made


async def officer(office: Office, agency: str) -> Practitioner:
    member = Practitioner(
        MemberId(new_id()), AgencyCode(agency), "Made Up", "Officer", "a@b.example", office=office
    )
    async with writing() as tx:
        await directory.add_member(tx, member)
    return member


async def says(
    world: Samplewick, who: Member, told, outcome: Review | None = Review.RIGHT, words: str = ""
) -> None:
    await review(who, told.id, outcome, words=words, keepers=[world.keeper])


async def test_it_waits_with_its_clock_until_somebody_else_has_looked(samplewick, told):
    noor = samplewick.members["noor"]
    (waiting,) = (await list_reviews(noor)).waiting
    assert (waiting.id, waiting.is_late, waiting.things) == (told.id, False, ())
    with clock.moved_to(clock.now() + timedelta(days=5)):
        (late,) = (await list_reviews(noor)).waiting
        assert late.is_late

    await says(samplewick, noor, told, words="Well weighed")

    reviews = await list_reviews(noor)
    assert reviews.waiting == ()
    assert {told.id} < {one.id for one in reviews.done}
    imara = samplewick.members["imara"]
    newest = (await list_decisions(imara, samplewick.room, keepers=[samplewick.keeper]))[0]
    assert (newest.review, newest.reviewed_by) == (Review.RIGHT, "Noor Specimen")
    assert newest.review_words == "Well weighed"
    assert await sees(samplewick, "bronagh")
    noted = next(one for one in await entries() if one.kind == "decision:review-noted")
    assert noted.who == noor.id
    assert noted.details is not None
    assert "Well weighed" not in str(noted.details)


async def test_a_challenge_ends_the_sharing_at_once(samplewick, told):
    before = samplewick.keeper.epochs[-1]

    await says(samplewick, samplewick.members["ada"], told, Review.CHALLENGED, "Ask her first")

    assert not await sees(samplewick, "bronagh")
    assert samplewick.keeper.epochs[-1] == before + 1
    with pytest.raises(Conflict):
        await says(samplewick, samplewick.members["noor"], told)
    assert not await sees(samplewick, "bronagh")


async def test_a_challenge_of_what_opened_nothing_ends_nothing(samplewick):
    made = replace(
        of_a_worry(samplewick),
        way="not",
        things=frozenset(),
        recipients=frozenset(),
        categories=frozenset({"third_party"}),
    )
    await record(samplewick, made)
    before = len(samplewick.keeper.epochs)

    await says(samplewick, samplewick.members["noor"], made, Review.CHALLENGED, "It should be")

    assert len(samplewick.keeper.epochs) == before


async def test_who_has_a_place_or_no_such_office_reviews_nothing(samplewick, told):
    for who in ("imara", "bronagh", "leona", "perrin", "saskia", "yusuf", "tamsin", "dorran"):
        with pytest.raises(Denied):
            await list_reviews(samplewick.members[who])
        with pytest.raises(Denied):
            await view_for_review(samplewick.members[who], told.id)
        with pytest.raises(Denied):
            await says(samplewick, samplewick.members[who], told)


async def test_a_manager_reviews_for_her_own_organisation_alone(samplewick, told):
    hers = await officer(Office.AGENCY_MANAGER, "tansy_vale")
    others = await officer(Office.DPO_CALDICOTT, "bramblegate")

    assert (await list_reviews(others)).waiting == ()
    with pytest.raises(Denied):
        await view_for_review(others, told.id)
    with pytest.raises(Denied):
        await says(samplewick, others, told)
    assert (await view_for_review(hers, told.id)).id == told.id
    await says(samplewick, hers, told)


async def test_nobody_reviews_her_own_decision_even_when_her_place_has_ended(samplewick):
    gone = await officer(Office.AGENCY_MANAGER, "tansy_vale")
    seat = Seat(
        SeatId(new_id()),
        samplewick.room,
        gone.id,
        gone.agency,
        Role.TAC_MEMBER,
        frozenset({"plan", "safeguard"}),
        clock.now(),
    )
    async with writing() as tx:
        await directory.add_seat(tx, seat)
    await accepted(gone)
    samplewick.members["gone"] = gone
    made = of_a_worry(samplewick)
    await record(samplewick, made, who="gone")
    assert (await list_reviews(gone)).waiting == ()
    with pytest.raises(Denied):
        await says(samplewick, gone, made)
    async with writing() as tx:
        await directory.end_seat(tx, seat.id)

    with pytest.raises(Denied) as refused:
        await says(samplewick, gone, made)

    assert refused.value.decision.why == "GUARD-OWN-DECISION"


async def test_a_review_says_what_was_found(samplewick, told):
    noor = samplewick.members["noor"]
    for outcome, words, at_fault in (
        (None, "", {"review"}),
        (Review.CHALLENGED, "", {"words"}),
        (Review.RIGHT, "a" * 4001, {"words"}),
    ):
        with pytest.raises(Invalid) as wrong:
            await says(samplewick, noor, told, outcome, words)
        assert set(wrong.value.faults) == at_fault


async def test_a_decision_that_is_not_there_is_refused_as_one_that_is_not_hers(samplewick, told):
    with pytest.raises(Denied):
        await view_for_review(samplewick.members["noor"], new_id())
    with pytest.raises(Denied):
        await review(samplewick.members["noor"], new_id(), Review.RIGHT, words="", keepers=[])
