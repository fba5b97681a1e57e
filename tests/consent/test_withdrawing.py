"""Stopping sharing: what is shown before, what it does at once, and the lead's one question."""

from dataclasses import replace

import pytest

from consent.consent import ConsentState
from consent.viewing import view_agreement
from consent.withdrawing import (
    Loss,
    Withdrawal,
    answer_less_safe,
    list_questions,
    preview_withdrawal,
    record_confirmation,
    withdraw,
)
from policies.act import Act
from policies.catalogue import catalogue
from policies.decision import Denied
from server.audit.search import Filter
from server.kernel import notices
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import RoomId, new_id
from server.kernel.notices import AccessChanged
from tests.consent.acts import BRAMBLEGATE, entries, hold, stop
from tests.consent.samplewick import Samplewick

EVERY_TOPIC = frozenset(topic.code for topic in catalogue().topics)


def family_life(world: Samplewick, **changes) -> Withdrawal:
    told = Withdrawal(
        giver=world.people["tamsin"],
        topics=frozenset({"family_life"}),
        agencies=frozenset({BRAMBLEGATE}),
    )
    return replace(told, **changes)


async def preview(world: Samplewick, who: str, stopped: Withdrawal) -> tuple[Loss, ...]:
    found = await preview_withdrawal(
        world.members[who], world.room, stopped, keepers=[world.keeper]
    )
    return found.losses


async def test_before_it_is_done_the_mother_sees_who_will_lose_what(samplewick):
    losses = await preview(samplewick, "tamsin", family_life(samplewick))

    assert losses == (Loss("Tenancy support officer", "Bramblegate Homes", ("S1", "S2", "S12")),)
    before = await hold(samplewick, "leona")
    assert before.allows(Act.OPEN_SECTION, samplewick.label("S1").thing)


async def test_the_lead_sees_the_name_and_only_what_she_sees_herself(samplewick):
    juno = family_life(
        samplewick, giver=samplewick.people["juno"], agencies=frozenset({BRAMBLEGATE})
    )

    losses = await preview(samplewick, "imara", juno)

    assert losses == (Loss("Leona Mockingham", "Bramblegate Homes", ("S2", "S12")),)


async def test_it_works_at_once_and_is_told_after_the_commit(samplewick):
    told: list[AccessChanged] = []
    notices.hear(AccessChanged, told.append)
    before = await hold(samplewick, "leona")

    done = await withdraw(
        samplewick.members["tamsin"],
        samplewick.room,
        family_life(samplewick, words="Not housing."),
        keepers=[samplewick.keeper],
    )

    after = await hold(samplewick, "leona")
    assert after.epoch == before.epoch + 1 == samplewick.keeper.epochs[-1]
    assert told == [AccessChanged(samplewick.room, after.epoch)]
    lost = before.open_things(Act.OPEN_SECTION) - after.open_things(Act.OPEN_SECTION)
    assert lost == {samplewick.label(part).thing for part in ("S1", "S2", "S12")}
    assert (done.consent.version, done.consent.state) == (2, ConsentState.PARTLY_GIVEN)
    assert (await entries())[0].kind == "consent:withdrawn"


async def test_what_was_agreed_before_stays_readable_as_history(samplewick):
    await stop(samplewick, "money", recorded_by="imara")

    shown = (await view_agreement(samplewick.members["tamsin"], samplewick.room))[0]

    assert [one.version for one in shown.history] == [2, 1]
    assert shown.table["money"][BRAMBLEGATE].choice == "no"
    assert shown.state is ConsentState.PARTLY_GIVEN


async def test_when_nothing_is_left_it_is_withdrawn_and_her_own_page_stays(samplewick):
    agencies = frozenset(member.agency for member in samplewick.members.values())
    everything = family_life(samplewick, topics=EVERY_TOPIC, agencies=agencies)
    done = await withdraw(
        samplewick.members["tamsin"], samplewick.room, everything, keepers=[samplewick.keeper]
    )

    assert done.consent.state is ConsentState.WITHDRAWN
    # Saying no to the others takes nothing of her own children's from her.
    held = await hold(samplewick, "tamsin")
    assert held.allows(Act.OPEN_SECTION, samplewick.label("S3").thing)
    bronagh = await hold(samplewick, "bronagh")
    assert bronagh.open_things(Act.OPEN_SECTION) == {
        samplewick.label(part).thing for part in ("S4", "S5", "S14", "S15")
    }


async def test_it_can_be_for_one_child_alone(samplewick):
    await withdraw(
        samplewick.members["tamsin"],
        samplewick.room,
        family_life(samplewick, subjects=frozenset({samplewick.people["pip"]})),
        keepers=[samplewick.keeper],
    )

    held = await hold(samplewick, "leona")
    assert held.allows(Act.OPEN_SECTION, samplewick.label("S1").thing)
    assert not held.allows(Act.OPEN_SECTION, samplewick.label("S2").thing)


@pytest.mark.parametrize("who", ["dorran", "juno", "bronagh", "leona", "noor"])
async def test_nobody_stops_or_looks_at_what_another_agreed(samplewick, who):
    with pytest.raises(Denied):
        await preview(samplewick, who, family_life(samplewick))
    with pytest.raises(Denied):
        await withdraw(
            samplewick.members[who],
            samplewick.room,
            family_life(samplewick),
            keepers=[samplewick.keeper],
        )

    assert (await entries())[0].kind == "consent:withdraw-refused"


async def test_an_unknown_room_is_refused_as_a_forbidden_one(samplewick):
    with pytest.raises(Denied):
        await withdraw(
            samplewick.members["tamsin"],
            RoomId(new_id()),
            family_life(samplewick),
            keepers=[samplewick.keeper],
        )


async def test_what_is_missing_or_not_shared_is_told_at_its_field(samplewick):
    for changes, field in (
        ({"topics": frozenset()}, "topics"),
        ({"agencies": frozenset()}, "agencies"),
        ({"how": "by pigeon"}, "how"),
        ({"words": "x" * 4001}, "words"),
        ({"topics": frozenset({"health"})}, "topics"),
        ({"giver": samplewick.people["otis"]}, "giver"),
    ):
        with pytest.raises(Invalid) as wrong:
            await withdraw(
                samplewick.members["imara"],
                samplewick.room,
                family_life(samplewick, **changes),
                keepers=[samplewick.keeper],
            )
        assert field in wrong.value.faults


# ---------------------------------------------------------------- the question to the lead


async def test_the_lead_alone_is_asked_whether_a_child_is_less_safe(samplewick):
    await stop(samplewick, "family_life")
    imara = samplewick.members["imara"]

    [question] = await list_questions(imara, samplewick.room)

    assert question.asked_of == imara.id
    assert await list_questions(samplewick.members["bronagh"], samplewick.room) == ()
    with pytest.raises(Denied):
        await list_questions(samplewick.members["tamsin"], samplewick.room)
    with pytest.raises(Denied):
        await answer_less_safe(
            samplewick.members["bronagh"], samplewick.room, question.id, less_safe=True
        )
    with pytest.raises(Invalid):
        await answer_less_safe(imara, samplewick.room, question.id, less_safe=None)
    with pytest.raises(Invalid):
        await answer_less_safe(
            imara, samplewick.room, question.id, less_safe=True, words="x" * 4001
        )

    await answer_less_safe(imara, samplewick.room, question.id, less_safe=True, words="Rang.")

    assert await list_questions(imara, samplewick.room) == []
    with pytest.raises(Conflict):
        await answer_less_safe(imara, samplewick.room, question.id, less_safe=False)
    answered = [one for one in await entries() if one.kind == "decision:less-safe-answered"]
    assert [one.details for one in answered] == [{"less_safe": True}]
    # The answer opens nothing again: that is a decision of its own.
    assert not (await hold(samplewick, "leona")).allows(
        Act.OPEN_SECTION, samplewick.label("S1").thing
    )


async def test_an_organisation_confirms_once_that_it_has_stopped(samplewick):
    await stop(samplewick, "money", recorded_by="imara")
    imara, tamsin = samplewick.members["imara"], samplewick.people["tamsin"]

    await record_confirmation(imara, samplewick.room, tamsin, agency=BRAMBLEGATE, note="receipt")

    with pytest.raises(Conflict):
        await record_confirmation(imara, samplewick.room, tamsin, agency=BRAMBLEGATE)
    with pytest.raises(Conflict):
        await record_confirmation(
            imara, samplewick.room, samplewick.people["otis"], agency=BRAMBLEGATE
        )
    with pytest.raises(Denied):
        await record_confirmation(
            samplewick.members["leona"], samplewick.room, tamsin, agency=BRAMBLEGATE
        )
    told = await entries(Filter(kind="consent:stop-confirmed"))
    assert [one.details["confirmed_by"] for one in told if one.details] == [BRAMBLEGATE]
