"""Decisions about sharing: recorded whole, and open exactly what they name."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from consent.deciding import record_sharing_decision
from consent.sharing_decision import LegalGround, Named, Outcome, Review, SharingDecision
from policies.act import Act
from policies.decision import Denied, Ground
from server.kernel import clock
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId, SharingDecisionId, new_id
from tests.consent.acts import ask, entries, hold
from tests.consent.samplewick import Samplewick


def decision(world: Samplewick, **changes) -> SharingDecision:
    """To share S15 with the police, too."""
    gethin = world.members["gethin"]
    made = SharingDecision(
        id=SharingDecisionId(new_id()),
        room=world.room,
        outcome=Outcome.SHARE,
        from_agency=world.members["imara"].agency,
        purpose="safeguard",
        legal_ground=LegalGround.S16LA_DUTY,
        why="Otis could be hurt",
        decided_by=world.members["imara"].id,
        decided_at=clock.now(),
        subjects=frozenset({world.people["tamsin"], world.people["otis"]}),
        things=frozenset({world.label("S15").thing}),
        recipients=frozenset({Named(gethin.agency)}),
    )
    return replace(made, **changes)


async def record(world: Samplewick, made: SharingDecision, who: str = "imara") -> None:
    await record_sharing_decision(world.members[who], world.room, made, keepers=[world.keeper])


async def test_a_decision_opens_what_it_names_and_the_log_names_the_decision(samplewick):
    ketan = samplewick.members["ketan"]

    opened = await ask(ketan, Act.OPEN_SECTION, samplewick.label("S15"))

    assert (opened.allowed, opened.clause, opened.ground) == (True, "QEH/4.1", Ground.DECIDED)
    newest = (await entries())[0]
    assert newest.details is not None
    assert opened.sharing_decision is not None
    assert newest.details["sharing_decision"] == opened.sharing_decision.hex


async def test_a_restricted_thing_stays_closed_to_whom_a_decision_names_beside_its_list(
    samplewick,
):
    await record(samplewick, decision(samplewick))

    found = await ask(samplewick.members["gethin"], Act.OPEN_SECTION, samplewick.label("S15"))

    assert (found.allowed, found.why) == (False, "GUARD-EXCLUDED")


@pytest.mark.parametrize("left_out", ["subjects", "recipients", "purpose", "from_agency", "things"])
async def test_whatever_is_not_named_is_not_opened(samplewick, left_out):
    leona = samplewick.members["leona"]
    label = replace(
        samplewick.label("S14"), named=frozenset({leona.id}), thing=new_id(), author=None
    )
    right = decision(
        samplewick,
        from_agency=samplewick.members["gethin"].agency,
        subjects=label.subjects,
        things=frozenset({label.thing}),
        recipients=frozenset({Named(leona.agency, leona.id)}),
    )
    changes = {
        "subjects": frozenset({samplewick.people["otis"]}),
        "recipients": frozenset({Named(leona.agency, samplewick.members["perrin"].id)}),
        "purpose": "plan",
        "from_agency": samplewick.members["imara"].agency,
        "things": frozenset({new_id()}),
    }
    before = samplewick.keeper.epochs[-1]

    await record(samplewick, replace(right, **{left_out: changes[left_out]}))

    assert not (await ask(leona, Act.OPEN_SECTION, label)).allowed
    assert samplewick.keeper.epochs[-1] == before + 1


async def test_a_decision_ends_when_it_says_and_a_decision_not_to_share_opens_nothing(samplewick):
    bronagh = samplewick.members["bronagh"]
    label = replace(samplewick.label("S14"), thing=new_id())
    police = samplewick.members["gethin"].agency
    told = decision(
        samplewick,
        from_agency=police,
        subjects=label.subjects,
        things=frozenset({label.thing}),
        recipients=frozenset({Named(bronagh.agency)}),
        until=clock.now() + timedelta(hours=1),
    )

    await record(
        samplewick, replace(told, id=SharingDecisionId(new_id()), outcome=Outcome.NOT_SHARE)
    )
    assert not (await ask(bronagh, Act.OPEN_SECTION, label)).allowed
    await record(samplewick, told)
    assert (await ask(bronagh, Act.OPEN_SECTION, label)).allowed
    samplewick.keeper.kept["S14 anew"] = label
    held = await hold(samplewick, "bronagh")

    with clock.moved_to(clock.now() + timedelta(hours=1, minutes=1)):
        assert not (await ask(bronagh, Act.OPEN_SECTION, label)).allowed
    assert held.until - monotonic() <= timedelta(hours=1).total_seconds()


async def test_a_second_person_reviews_it(samplewick):
    ada = samplewick.members["ada"].id

    await record(samplewick, decision(samplewick, reviewed_by=ada, review=Review.RIGHT))

    assert next(one.who for one in await entries() if one.kind == "decision:reviewed") == ada
    with pytest.raises(Invalid) as wrong:
        await record(
            samplewick,
            decision(samplewick, reviewed_by=samplewick.members["imara"].id, review=Review.RIGHT),
        )
    assert set(wrong.value.faults) == {"reviewed_by"}


async def test_only_the_lead_records_it_and_each_thing_missing_is_told(samplewick):
    with pytest.raises(Denied):
        await record(samplewick, decision(samplewick), who="bronagh")

    with pytest.raises(Invalid) as wrong:
        await record(
            samplewick,
            decision(
                samplewick,
                room=RoomId(new_id()),
                subjects=frozenset(),
                purpose="statistics",
                why=" ",
                things=frozenset(),
                recipients=frozenset(),
                until=clock.now() - timedelta(days=1),
            ),
        )

    assert set(wrong.value.faults) == {
        "room",
        "subjects",
        "purpose",
        "why",
        "things",
        "recipients",
        "until",
    }
