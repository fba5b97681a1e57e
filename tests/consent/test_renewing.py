"""What is agreed is looked at again in time, by those it concerns, and said again in one step."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from consent.consent import Capacity, Choice
from consent.family import birthday
from consent.looking_again import REVIEW_IN, SOON, Why
from consent.renewing import agreements_to_renew, find_renewable, my_reviews, renew
from consent.store import consents
from consent.tables import consent, consent_line, person
from consent.withdrawing import Withdrawal, withdraw
from policies.act import Act
from policies.decision import Denied
from server.directory import store as directory
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import new_id
from tests.consent.acts import BRAMBLEGATE, ask, entries

JUST = timedelta(seconds=30)
"""The clock runs on while the gate is asked; to the second it is tried where nothing is awaited."""


async def first_review(samplewick):
    async with reading() as tx:
        return min(one.review_on for one in await consents.newest_versions(tx, samplewick.room))


async def grows_up(samplewick, code, age):
    """Somebody of the family reaches an age in thirty days; return that day."""
    day = clock.today() + timedelta(days=30)
    async with writing() as tx:
        await tx.execute(
            update(person)
            .where(person.c.id == samplewick.people[code])
            .values(born=day.replace(year=day.year - age))
        )
    return birthday(day.replace(year=day.year - age), age)


def family_life(samplewick):
    """What Tamsin stops: family life, for housing."""
    return Withdrawal(
        giver=samplewick.people["tamsin"],
        topics=frozenset({"family_life"}),
        agencies=frozenset({BRAMBLEGATE}),
    )


async def says_again(samplewick, who, giver=None, *, version=1, how="own_page"):
    return await renew(
        samplewick.members[who],
        samplewick.room,
        giver=samplewick.people[giver] if giver else None,
        version=version,
        how=how,
        keepers=[samplewick.keeper],
    )


async def test_what_was_agreed_is_to_be_renewed_six_weeks_before_it_ends(samplewick):
    imara = samplewick.members["imara"]
    ends = await first_review(samplewick)
    with clock.moved_to(clock.london_instant(ends - SOON) - JUST):
        early = await agreements_to_renew(imara)
    with clock.moved_to(clock.london_instant(ends - SOON)):
        in_time = await agreements_to_renew(imara)
    with clock.moved_to(clock.london_instant(ends + timedelta(days=3), 12)):
        late = await agreements_to_renew(imara)

    async with reading() as tx:
        reference = (await directory.get_team(tx, samplewick.room)).reference
    assert early == []
    # Tamsin's and Juno's; Dorran said no, and is not asked again.
    assert {(one.reference, one.due.until) for one in in_time} == {(reference, ends)}
    assert {one.giver for one in in_time} == {samplewick.people[who] for who in ("tamsin", "juno")}
    assert [one.due for one in in_time] == [one.due for one in late]
    assert not any(one.may_renew for one in late)


async def test_only_who_leads_the_room_is_told(samplewick):
    ends = await first_review(samplewick)
    with clock.moved_to(clock.london_instant(ends, 12)):
        told = [
            await agreements_to_renew(samplewick.members[who])
            for who in ("bronagh", "leona", "saskia", "noor")
        ]

    assert told == [[], [], [], []]


async def test_a_room_nobody_has_agreed_to_has_nothing_to_renew(waiting):
    assert await agreements_to_renew(waiting.members["imara"]) == []


async def test_each_of_the_family_finds_her_own_to_look_at_and_nobody_elses(samplewick):
    ends = await first_review(samplewick)
    with clock.moved_to(clock.london_instant(ends, 12)):
        found = {
            who: [(one.why, one.may_renew) for one in await my_reviews(samplewick.members[who])]
            for who in ("tamsin", "juno", "dorran")
        }

    assert found["tamsin"] == [(Why.REVIEW_DAY, True)]
    # Whether Juno can decide is judged anew, by somebody who speaks with her.
    assert found["juno"] == [(Why.REVIEW_DAY, False)]
    assert found["dorran"] == []


async def test_nothing_has_changed_makes_a_new_version_that_counts_beyond_the_old_end(samplewick):
    ends = await first_review(samplewick)
    bronagh, part = samplewick.members["bronagh"], samplewick.label("S3")
    with clock.moved_to(clock.london_instant(ends, 12)):
        again = await says_again(samplewick, "tamsin")
        assert await my_reviews(samplewick.members["tamsin"]) == []
    with clock.moved_to(clock.london_instant(ends + timedelta(days=2))):
        decision = await ask(bronagh, Act.OPEN_SECTION, part)

    assert (again.version, again.review_on) == (2, ends + REVIEW_IN)
    assert decision.allowed
    assert {one.version for one in decision.consents} == {2}
    renewed = [one for one in await entries() if one.kind in {"consent:renewed", "consent:given"}]
    noted = [
        one.details["consent"] for one in renewed if one.kind == "consent:given" and one.details
    ]
    assert [{"id": again.id.hex, "version": 2}] in noted
    assert "consent:renewed" in {one.kind for one in renewed}


async def test_a_no_stays_a_no_when_nothing_has_changed(samplewick):
    await withdraw(
        samplewick.members["tamsin"],
        samplewick.room,
        family_life(samplewick),
        keepers=[samplewick.keeper],
    )

    again = await says_again(samplewick, "tamsin", version=2)

    async with reading() as tx:
        lines = await consents.lines_of_giver(tx, samplewick.room, again.giver)
    stopped = [
        line
        for line in lines
        if line.version == 3 and (line.agency, line.category) == ("bramblegate", "parenting")
    ]
    assert {line.choice for line in stopped} == {Choice.NO}


async def test_what_was_stopped_meanwhile_is_not_said_again(samplewick):
    await withdraw(
        samplewick.members["tamsin"],
        samplewick.room,
        family_life(samplewick),
        keepers=[samplewick.keeper],
    )

    with pytest.raises(Conflict):
        await says_again(samplewick, "tamsin", version=1)


async def test_the_lead_takes_it_down_with_how_it_was_said_and_nobody_else_may(samplewick):
    with pytest.raises(Invalid):
        await says_again(samplewick, "imara", "tamsin", how="own_page")
    taken = await says_again(samplewick, "imara", "tamsin", how="phone")

    assert taken.how == "phone"
    for who in ("bronagh", "dorran", "juno", "noor", "saskia"):
        with pytest.raises(Denied):
            await says_again(samplewick, who, "tamsin", version=2, how="phone")
    for who, giver in (("dorran", None), ("juno", None), ("imara", "dorran"), ("imara", "otis")):
        with pytest.raises(NotFound):
            await find_renewable(
                samplewick.members[who],
                samplewick.room,
                samplewick.people[giver] if giver else None,
            )


async def test_what_has_ended_is_asked_anew_and_not_said_again(samplewick):
    ends = await first_review(samplewick)
    with (
        clock.moved_to(clock.london_instant(ends + timedelta(days=1))),
        pytest.raises(NotFound),
    ):
        await says_again(samplewick, "tamsin")


async def test_at_sixteen_she_is_asked_herself_and_is_no_longer_answered_for(samplewick):
    imara = samplewick.members["imara"]
    sixteen = await grows_up(samplewick, "otis", 16)
    with clock.moved_to(clock.london_instant(sixteen) - JUST):
        before = await agreements_to_renew(imara)
    with clock.moved_to(clock.london_instant(sixteen)):
        (now,) = await agreements_to_renew(imara)
        still = await ask(samplewick.members["bronagh"], Act.OPEN_SECTION, samplewick.label("S3"))
        offered = await find_renewable(samplewick.members["tamsin"], samplewick.room)
        again = await says_again(samplewick, "tamsin")

    assert before == []
    assert (now.due.why, now.due.asked) == (Why.SIXTEEN, samplewick.people["otis"])
    assert still.allowed
    assert offered.left_out == ("Otis Samplewick",)
    assert samplewick.people["otis"] not in again.subjects
    # What was said for him ends when it ended before; nobody carried it on.
    ends = await old_end(samplewick)
    with clock.moved_to(ends - JUST):
        assert (await see_s3(samplewick)).allowed
    with clock.moved_to(ends):
        assert not (await see_s3(samplewick)).allowed


async def old_end(samplewick):
    async with reading() as tx:
        versions = await consents.list_versions(tx, samplewick.room)
    return next(
        one.until
        for one in versions
        if one.giver == samplewick.people["tamsin"] and one.version == 1
    )


async def see_s3(samplewick):
    return await ask(samplewick.members["bronagh"], Act.OPEN_SECTION, samplewick.label("S3"))


async def test_a_young_person_says_again_in_her_own_right_once_she_is_sixteen(samplewick):
    sixteen = await grows_up(samplewick, "juno", 16)
    juno = samplewick.members["juno"]
    with clock.moved_to(clock.london_instant(sixteen)):
        (due,) = await my_reviews(juno)
        again = await says_again(samplewick, "juno")
        assert await my_reviews(juno) == []

    assert (due.why, due.is_about_herself, due.may_renew) == (Why.SIXTEEN, True, True)
    assert again.capacity is Capacity.YOUNG_PERSON_16_17


async def test_at_eighteen_what_was_said_for_her_ends_with_the_first_second(samplewick):
    eighteen = await grows_up(samplewick, "otis", 18)
    async with writing() as tx:
        # As if it had been recorded with this birthday known.
        await tx.execute(
            update(consent_line)
            .where(consent_line.c.subject == samplewick.people["otis"])
            .values(until=clock.london_instant(eighteen))
        )
        await tx.execute(update(consent).values(stamp=new_id()))  # what was read before is old
    with clock.moved_to(clock.london_instant(eighteen) - JUST):
        before = await see_s3(samplewick)
    with clock.moved_to(clock.london_instant(eighteen)):
        after = await see_s3(samplewick)
        (due,) = await agreements_to_renew(samplewick.members["imara"])

    assert before.allowed
    assert not after.allowed
    assert due.due.why is Why.EIGHTEEN
