"""Decisions about sharing: recorded whole, open exactly what they name, and end by themselves."""

from dataclasses import replace
from datetime import date, timedelta
from time import monotonic

import pytest

from consent.deciding import OPENS_NOTHING, check_decision, decide, end_sharing
from consent.decision_form import DecisionForm, Way, find_faults
from consent.sharing_decision import LegalGround, Named
from consent.showing_decisions import list_decisions, prepare_decision
from consent.withdrawing import answer_less_safe, list_questions
from policies.act import Act
from policies.decision import Denied, Ground
from server.kernel import clock
from server.kernel.clock import london_instant
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import MemberId, PersonId, RoomId, new_id
from tests.consent.acts import ask, entries, hold, stop
from tests.consent.samplewick import Samplewick, decision_form


def of_a_worry(world: Samplewick, **changes) -> DecisionForm:
    """To share with the health visitors a worry about Otis that the school wrote down."""
    imara = world.members["imara"]
    if "worry" not in world.keeper.kept:
        world.keeper.kept["worry"] = replace(
            world.label("S3"), thing=new_id(), categories=frozenset({"safeguarding_concern"})
        )
    made = decision_form(
        world,
        "worry",
        ("otis",),
        frozenset({Named(world.members["bronagh"].agency)}),
        condition="safeguarding",
    )
    assert world.label("worry").origins == {imara.agency}
    return replace(made, **changes)


async def record(world: Samplewick, told: DecisionForm, who: str = "imara") -> None:
    await decide(world.members[who], world.room, told, keepers=[world.keeper])


async def sees(world: Samplewick, who: str, part: str = "worry") -> bool:
    return (await ask(world.members[who], Act.OPEN_SECTION, world.label(part))).allowed


async def test_a_decision_opens_what_it_names_and_the_log_names_the_decision(samplewick):
    ketan = samplewick.members["ketan"]

    opened = await ask(ketan, Act.OPEN_SECTION, samplewick.label("S15"))

    assert (opened.allowed, opened.clause, opened.ground) == (True, "QEH/4.1", Ground.DECIDED)
    newest = (await entries())[0]
    assert newest.details is not None
    assert opened.sharing_decision is not None
    assert newest.details["sharing_decision"] == opened.sharing_decision.hex


async def test_it_works_at_once_for_whom_it_names_and_for_nobody_else(samplewick):
    told = of_a_worry(samplewick)
    assert not await sees(samplewick, "bronagh")
    before = samplewick.keeper.epochs[-1]

    gains = await check_decision(
        samplewick.members["imara"], samplewick.room, told, keepers=[samplewick.keeper]
    )
    assert not await sees(samplewick, "bronagh")
    await record(samplewick, told)

    assert [(one.who, one.things) for one in gains] == [("Bronagh Exampleton", ("worry",))]
    assert await sees(samplewick, "bronagh")
    assert not await sees(samplewick, "ketan")
    assert samplewick.keeper.epochs[-1] == before + 1


async def test_the_log_has_its_ground_basis_and_decider_and_none_of_the_words(samplewick):
    await record(samplewick, of_a_worry(samplewick, why="Otis could be hurt at the canal"))

    found = {one.kind: one for one in (await entries())[:2]}
    noted = found["decision:share-recorded"]
    assert noted.who == samplewick.members["imara"].id
    assert noted.details is not None
    assert noted.details["lawful_basis"] == "Public task, Article 6(1)(e)"
    assert "para 18" in str(noted.details["condition"])
    assert found["decision:recorded"].details is not None
    assert found["decision:recorded"].details["clause"] == "HOUSE/A.18"
    assert "canal" not in str([one.details for one in found.values()])


def next_change_of_the_clocks() -> date:
    """The next Sunday, three days off or more, on which a London day has not 24 hours."""
    day = clock.today() + timedelta(days=3)
    while london_instant(day + timedelta(days=1)) - london_instant(day) == timedelta(days=1):
        day += timedelta(days=1)
    return day


async def test_it_ends_at_midnight_in_london_to_the_second_on_the_day_the_clocks_change(
    samplewick,
):
    sunday = next_change_of_the_clocks()
    ends = london_instant(sunday + timedelta(days=1))
    told = of_a_worry(samplewick, last_day=sunday)
    with clock.moved_to(london_instant(sunday - timedelta(days=2), 9)):
        await record(samplewick, told)
        held = await hold(samplewick, "bronagh")
        assert held.until - monotonic() <= (ends - clock.now()).total_seconds() + 1

    for minutes in (1, 59, 61):
        with clock.moved_to(ends - timedelta(minutes=minutes)):
            assert await sees(samplewick, "bronagh")
    with clock.moved_to(ends - timedelta(seconds=30)):
        held = await hold(samplewick, "bronagh")
        assert held.until - monotonic() <= 31
    with clock.moved_to(ends):
        assert not await sees(samplewick, "bronagh")


async def test_what_does_not_open_here_opens_nothing_and_shows_to_nobody_else(samplewick):
    told = of_a_worry(samplewick)
    outside = replace(
        told,
        id=new_id(),
        way=Way.OUTSIDE,
        things=frozenset(),
        categories=frozenset({"safeguarding_concern"}),
        outside_to="Lantern Thread, Saskia",
        outside_how="phone",
        last_day=None,
    )
    refrained = replace(outside, id=new_id(), way=Way.NOT, outside_to="", outside_how="")
    epochs = len(samplewick.keeper.epochs)

    await record(samplewick, outside, who="gethin")
    await record(samplewick, refrained, who="gethin")

    assert len(samplewick.keeper.epochs) == epochs
    assert not await sees(samplewick, "bronagh")
    assert len(await shown(samplewick, "gethin")) == 3
    kinds = [one.kind for one in await entries() if one.kind.endswith("recorded")]
    assert {"decision:share-outside-recorded", "decision:not-share-recorded"} <= set(kinds)
    for other in ("imara", "bronagh"):
        mine = await shown(samplewick, other)
        assert {one.by for one in mine} <= {"Imara Testwell", "Gethin Inventon"}
        assert all(one.things for one in mine)


async def shown(world: Samplewick, who: str):
    return await list_decisions(world.members[who], world.room, keepers=[world.keeper])


async def test_a_decision_shows_to_those_who_see_what_it_opens_and_to_nobody_else(samplewick):
    counts = {
        who: len(await shown(samplewick, who))
        for who in ("imara", "bronagh", "ketan", "gethin", "leona")
    }

    assert counts == {"imara": 2, "bronagh": 2, "ketan": 1, "gethin": 1, "leona": 0}
    for who in ("tamsin", "juno", "dorran", "saskia", "yusuf"):
        with pytest.raises(Denied):
            await shown(samplewick, who)


@pytest.mark.parametrize("who", ["saskia", "tamsin", "dorran", "noor", "perrin"])
async def test_nobody_decides_without_a_place_of_a_practitioner(samplewick, who):
    with pytest.raises(Denied):
        await record(samplewick, of_a_worry(samplewick), who=who)
    with pytest.raises(Denied):
        await prepare_decision(
            samplewick.members[who], samplewick.room, keepers=[samplewick.keeper]
        )


async def test_each_decides_only_about_what_her_own_organisation_put_in(samplewick):
    offered = await prepare_decision(
        samplewick.members["leona"], samplewick.room, keepers=[samplewick.keeper]
    )
    assert set(offered.things.values()) == {"S6"}

    with pytest.raises(Invalid) as wrong:
        await record(samplewick, of_a_worry(samplewick), who="leona")

    assert "things" in wrong.value.faults


async def test_a_decision_that_would_open_nothing_is_sent_to_the_phone(samplewick):
    housing = frozenset({Named(samplewick.members["leona"].agency)})

    with pytest.raises(Invalid) as wrong:
        await record(samplewick, of_a_worry(samplewick, recipients=housing))

    assert wrong.value.faults == {"recipients": OPENS_NOTHING}


async def test_the_form_sent_twice_is_one_decision(samplewick):
    told = of_a_worry(samplewick)
    await record(samplewick, told)

    with pytest.raises(Conflict):
        await record(samplewick, told)


async def test_its_own_organisation_ends_it_sooner_and_nobody_else(samplewick):
    told = of_a_worry(samplewick)
    await record(samplewick, told)
    keepers = [samplewick.keeper]
    imara, room = samplewick.members["imara"], samplewick.room
    for who in ("bronagh", "noor", "saskia", "tamsin"):
        with pytest.raises(Denied):
            await end_sharing(samplewick.members[who], room, told.id, keepers=keepers)
    with pytest.raises(Denied):
        await end_sharing(imara, room, new_id(), keepers=keepers)
    assert await sees(samplewick, "bronagh")
    before = samplewick.keeper.epochs[-1]

    await end_sharing(imara, room, told.id, keepers=keepers)

    assert not await sees(samplewick, "bronagh")
    assert samplewick.keeper.epochs[-1] == before + 1
    with pytest.raises(Conflict):
        await end_sharing(imara, room, told.id, keepers=keepers)


async def test_what_is_chosen_must_be_of_the_room(samplewick):
    changes = {
        "subjects": frozenset({PersonId(new_id())}),
        "things": frozenset({new_id()}),
        "recipients": frozenset({Named(samplewick.members["saskia"].agency)}),
    }
    for field, value in changes.items():
        with pytest.raises(Invalid) as wrong:
            await record(samplewick, of_a_worry(samplewick, **{field: value}))
        assert field in wrong.value.faults
    elsewhere = of_a_worry(
        samplewick,
        recipients=frozenset({Named(samplewick.members["bronagh"].agency, MemberId(new_id()))}),
    )
    with pytest.raises(Invalid):
        await record(samplewick, elsewhere)
    with pytest.raises(Denied):
        await decide(samplewick.members["imara"], RoomId(new_id()), elsewhere, keepers=[])


async def test_what_is_about_more_people_than_chosen_is_told(samplewick):
    told = of_a_worry(samplewick, subjects=frozenset({samplewick.people["tamsin"]}))

    with pytest.raises(Invalid) as wrong:
        await record(samplewick, told)

    assert wrong.value.faults["subjects"].startswith("What you chose is about Otis")


async def test_the_leads_answer_leads_to_the_form_with_its_matter(samplewick):
    await stop(samplewick, "money")
    imara = samplewick.members["imara"]
    (question,) = await list_questions(imara, samplewick.room)
    await answer_less_safe(
        imara, samplewick.room, question.id, less_safe=True, words="Rent may be lost"
    )

    led = await prepare_decision(
        imara, samplewick.room, keepers=[samplewick.keeper], after=question.id
    )
    other = await prepare_decision(
        samplewick.members["leona"],
        samplewick.room,
        keepers=[samplewick.keeper],
        after=question.id,
    )

    assert led.what == "Money and work: no longer shared with Bramblegate Homes"
    assert led.why == "Rent may be lost"
    assert (other.what, other.why) == ("", "")


# ---------------------------------------------------------------- the form alone


def faults(categories=("safeguarding_concern",), **changes) -> set[str]:
    told = DecisionForm(
        id=new_id(),
        way=Way.OUTSIDE,
        subjects=frozenset({PersonId(new_id())}),
        categories=frozenset(categories),
        outside_to="Lantern Thread",
        outside_how="phone",
        purpose="safeguard",
        legal_ground=LegalGround.PUBLIC_TASK,
        lawful_basis="public_task",
        condition="safeguarding",
        duty=False,
        why="Why",
        proportion="Enough",
        asked_as="agreed",
        told_as="told",
    )
    today = date(2026, 6, 17)
    return set(find_faults(replace(told, **changes), categories, today=today, no_duty=""))


@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [
        ({}, set()),
        ({"way": ""}, {"way"}),
        ({"subjects": frozenset()}, {"subjects"}),
        ({"purpose": "statistics"}, {"purpose"}),
        ({"outside_to": "", "outside_how": ""}, {"outside_to", "outside_how"}),
        ({"legal_ground": "", "lawful_basis": "x"}, {"legal_ground", "lawful_basis"}),
        ({"condition": ""}, {"condition"}),
        ({"categories": frozenset({"made_up"})}, {"categories"}),
        ({"duty": None}, {"duty"}),
        ({"duty": True}, {"detriment"}),
        ({"legal_ground": LegalGround.S16LA_DUTY}, {"duty"}),
        ({"why": "", "proportion": ""}, {"why", "proportion"}),
        ({"asked_as": "", "told_as": ""}, {"asked_as", "told_as"}),
        ({"asked_as": "unsafe", "told_as": "not"}, {"asked", "told"}),
        ({"why": "a" * 4001, "outside_to": "a" * 201}, {"why", "outside_to"}),
        ({"legal_ground": LegalGround.AGREEMENT}, set()),
        ({"way": Way.NOT, "legal_ground": LegalGround.AGREEMENT}, {"legal_ground"}),
        ({"way": Way.NOT, "legal_ground": "", "lawful_basis": "", "proportion": ""}, set()),
        ({"way": Way.NOT, "categories": frozenset()}, {"categories"}),
        ({"way": Way.HERE}, {"things", "recipients", "last_day"}),
        ({"way": Way.HERE, "last_day": date(2026, 6, 16)}, {"things", "recipients", "last_day"}),
        ({"way": Way.HERE, "last_day": date(2027, 6, 16)}, {"things", "recipients", "last_day"}),
    ],
)
def test_each_field_at_fault_is_told(changes, at_fault):
    assert faults(**changes) == at_fault


def test_information_about_crime_asks_for_its_own_condition():
    assert faults(("domestic_abuse",)) == {"criminal_condition"}
    assert faults(("parenting",), condition="") == set()
