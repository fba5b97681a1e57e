"""Recording what somebody agreed, or that she said no."""

from dataclasses import replace
from datetime import date, timedelta
from time import monotonic

import pytest

from consent.consent import Capacity, Choice, ConsentState
from consent.family import adult_at
from consent.form import TopicAnswer
from consent.giving import record_consent
from consent.naming import family_of
from consent.store import consents
from consent.viewing import prepare_form, view_agreement
from policies.act import Act
from policies.decision import Denied
from policies.facts import label_of_room
from server.directory import store as directory
from server.directory.agency import FAMILY
from server.directory.team import TeamState
from server.kernel import clock
from server.kernel.database import reading
from server.kernel.errors import Invalid
from server.kernel.ids import AgencyCode, PersonId, new_id
from tests.consent.acts import ask, entries, hold
from tests.consent.samplewick import Samplewick, dorrans_no, junos, tamsins

SCHOOL = AgencyCode("tansy_vale")


async def record(world: Samplewick, told, who: str = "imara"):
    return await record_consent(world.members[who], world.room, told, keepers=[world.keeper])


async def state(world: Samplewick) -> TeamState:
    async with reading() as tx:
        return (await directory.get_team(tx, world.room)).state


async def newest_kinds() -> set[str]:
    """The kinds of what was recorded last: entries of one instant stand in no order."""
    found = await entries()
    return {one.kind for one in found if one.at == found[0].at}


def plain(world: Samplewick, **changes):
    """Tamsin's yes to school alone, as the demo has it."""
    told = world.form(
        "tamsin",
        ("tamsin", "otis", "pip"),
        {"school": {"tansy_vale": "yes"}},
        capacity=Capacity.PARENT_WITH_PR,
    )
    return replace(told, **changes)


async def test_the_first_yes_to_the_help_opens_the_room(waiting):
    consent = await record(waiting, plain(waiting))

    assert await state(waiting) is TeamState.OPEN
    assert (consent.version, consent.state) == (1, ConsentState.GIVEN)
    assert waiting.keeper.epochs
    assert "consent:given" in await newest_kinds()


async def test_a_refusal_is_recorded_as_refused_and_the_room_stays_shut(waiting):
    told = waiting.form(
        "dorran", ("dorran",), {}, capacity=Capacity.ADULT_FOR_SELF, engaged=False, own_words="No."
    )

    consent = await record(waiting, told)

    assert consent.state is ConsentState.REFUSED
    assert await state(waiting) is TeamState.PROPOSED
    assert "consent:refused" in await newest_kinds()
    shown = await view_agreement(waiting.members["imara"], waiting.room)
    assert [(one.giver, one.state, one.own_words) for one in shown] == [
        ("Dorran Fictonby", ConsentState.REFUSED, "No.")
    ]


async def test_nobody_but_the_lead_records_it(samplewick):
    for who in ("bronagh", "tamsin", "noor", "saskia"):
        with pytest.raises(Denied):
            await record(samplewick, tamsins(samplewick), who=who)


async def test_a_new_answer_replaces_the_one_before_and_leaves_out_nothing_open(samplewick):
    consent = await record(samplewick, plain(samplewick))

    assert (consent.version, consent.supersedes) == (2, 1)
    # Only school and learning is left; the rest of what she had agreed is closed.
    held = await hold(samplewick, "leona")
    assert held.open_things(Act.OPEN_SECTION) == {samplewick.label("S6").thing}
    shown = (await view_agreement(samplewick.members["imara"], samplewick.room))[0]
    assert len(shown.history) == 2
    assert shown.open_pairs() == [("school", SCHOOL)]


async def test_a_no_to_the_help_after_a_yes_closes_all_she_had_agreed(samplewick):
    no = replace(tamsins(samplewick), engaged=False, answers={})

    await record(samplewick, no)

    held = await hold(samplewick, "leona")
    assert held.open_things(Act.OPEN_SECTION) == {samplewick.label("S6").thing}
    async with reading() as tx:
        lines = await consents.lines_of_giver(tx, samplewick.room, samplewick.people["tamsin"])
    assert {line.choice for line in lines if line.version == 2} == {Choice.NO}


def faults_for(world: Samplewick):
    stranger = PersonId(new_id())
    today = clock.today()
    return [
        ({"giver": None}, "giver"),
        ({"giver": stranger}, "giver"),
        ({"capacity": None}, "capacity"),
        ({"subjects": frozenset()}, "subjects"),
        ({"subjects": frozenset({stranger})}, "subjects"),
        ({"subjects": frozenset({world.people["dorran"]})}, "subjects"),
        ({"engaged": None}, "engaged"),
        ({"explained": frozenset()}, "explained"),
        ({"explained": frozenset({"horoscope"})}, "explained"),
        ({"how": ""}, "how"),
        ({"given_at": None}, "given_at"),
        ({"given_at": clock.now() + timedelta(hours=1)}, "given_at"),
        ({"review_on": None}, "review_on"),
        ({"review_on": today}, "review_on"),
        ({"review_on": today + timedelta(days=800)}, "review_on"),
        ({"interpreter": "x" * 201}, "interpreter"),
        ({"own_words": "x" * 4001}, "own_words"),
        ({"purposes": ()}, "purposes"),
        ({"purposes": ("statistics",)}, "purposes"),
        ({"answers": {("weather", SCHOOL): TopicAnswer(Choice.YES)}}, "answers"),
        ({"answers": {("school", AgencyCode("nobody")): TopicAnswer(Choice.YES)}}, "answers"),
        ({"answers": {("school", FAMILY): TopicAnswer(Choice.YES)}}, "answers-school-family"),
        (
            {
                "answers": {
                    ("school", SCHOOL): TopicAnswer(
                        Choice.YES, frozenset({world.members["bronagh"].id})
                    )
                }
            },
            "answers-school-tansy_vale",
        ),
        ({"engaged": False}, "answers-school-tansy_vale"),
    ]


async def test_each_thing_missing_or_wrong_is_told_at_its_field_and_nothing_is_kept(waiting):
    for changes, field in faults_for(waiting):
        with pytest.raises(Invalid) as wrong:
            await record(waiting, plain(waiting, **changes))
        assert field in wrong.value.faults, (changes, wrong.value.faults)

    assert await state(waiting) is TeamState.PROPOSED
    assert await view_agreement(waiting.members["imara"], waiting.room) == []


@pytest.mark.parametrize(
    ("giver", "capacity", "competence", "field"),
    [
        ("juno", Capacity.CHILD_COMPETENT_UNDER_16, "", "competence"),
        ("juno", Capacity.YOUNG_PERSON_16_17, "", "capacity"),
        ("juno", Capacity.ADULT_FOR_SELF, "", "capacity"),
        ("tamsin", Capacity.CHILD_COMPETENT_UNDER_16, "explained back", "capacity"),
        ("tamsin", Capacity.YOUNG_PERSON_16_17, "", "capacity"),
    ],
)
async def test_as_what_somebody_answers_must_fit_her(waiting, giver, capacity, competence, field):
    told = waiting.form(giver, (giver,), {}, capacity=capacity, competence=competence)

    with pytest.raises(Invalid) as wrong:
        await record(waiting, told)

    assert set(wrong.value.faults) == {field}


async def test_a_parents_yes_ends_when_the_child_is_eighteen(waiting):
    otis = waiting.people["otis"]
    async with reading() as tx:
        person = (await family_of(tx, waiting.room)).find(otis)
    assert person is not None
    assert person.born is not None
    eighteen = date(person.born.year + 18, person.born.month, person.born.day)
    with clock.moved_to(clock.london_instant(eighteen - timedelta(days=3), 12)):
        told = plain(waiting)
        await record(waiting, told)
        async with reading() as tx:
            lines = await consents.lines_of_giver(tx, waiting.room, waiting.people["tamsin"])

    ends = {line.subject: line.until for line in lines}
    assert clock.london_day(ends[otis]) == eighteen
    assert ends[waiting.people["tamsin"]] > ends[otis]


async def test_the_lead_sees_all_the_team_its_own_column_and_each_of_the_family_only_her_own(
    samplewick,
):
    async def givers(who: str) -> list[str]:
        shown = await view_agreement(samplewick.members[who], samplewick.room)
        return [one.giver.split()[0] for one in shown]

    assert await givers("imara") == ["Tamsin", "Juno", "Dorran"]
    assert await givers("tamsin") == ["Tamsin"]
    assert await givers("juno") == ["Juno"]
    assert await givers("dorran") == ["Dorran"]
    assert await givers("leona") == ["Tamsin", "Juno"]
    assert await givers("gethin") == ["Tamsin"]
    column = (await view_agreement(samplewick.members["leona"], samplewick.room))[0]
    assert list(column.agencies) == ["bramblegate"]
    assert (column.own_words, column.witness, column.history) == ("", "", ())
    with pytest.raises(Denied):
        await view_agreement(samplewick.members["saskia"], samplewick.room)


async def test_the_table_says_for_whom_by_name_where_it_is_not_for_all(samplewick):
    shown = (await view_agreement(samplewick.members["imara"], samplewick.room))[0]

    answer = shown.table["adult_health"][AgencyCode("quillmere_hv")]
    assert (answer.choice, answer.names) == (Choice.YES, ("Bronagh Exampleton",))
    assert shown.table["adult_health"][AgencyCode("bramblegate")].choice is Choice.NO
    assert shown.table["school"][SCHOOL].names == ()
    juno = (await view_agreement(samplewick.members["juno"], samplewick.room))[0]
    assert juno.table["school"][FAMILY].names == ("Tamsin Samplewick",)


async def test_the_form_offers_people_topics_and_organisations_with_nothing_chosen(waiting):
    offered = await prepare_form(waiting.members["imara"], waiting.room)

    assert len(offered.topics) == 9
    assert len(offered.people) == 5
    assert AgencyCode("quillmere_council") not in offered.agencies
    assert {one.name for one in offered.practitioners[SCHOOL]} == {
        "Alder Penandink",
        "Imara Testwell",
        "Maren Smallprint",
        "Perrin Trialman",
    }
    with pytest.raises(Denied):
        await prepare_form(waiting.members["bronagh"], waiting.room)


async def test_answers_of_all_three_givers_stand_side_by_side(samplewick):
    assert (await record(samplewick, junos(samplewick))).version == 2
    assert (await record(samplewick, dorrans_no(samplewick))).version == 2
    assert (
        await ask(samplewick.members["dorran"], Act.VIEW_ROOM, label_of_room(samplewick.room))
    ).allowed


async def test_a_later_yes_for_all_of_health_lets_in_whoever_was_named_before(samplewick):
    part = samplewick.label("S4").thing
    feelings = {"health": {"quillmere_hv": "yes", "bronagh": "yes", "tansy_vale": "yes"}}
    for_all = {"health": {"quillmere_hv": "yes", "tansy_vale": "yes"}}
    for answers in (feelings, for_all):
        told = samplewick.form(
            "tamsin",
            ("tamsin", "otis", "pip"),
            answers,
            capacity=Capacity.PARENT_WITH_PR,
        )
        await record(samplewick, told)

    shown = (await view_agreement(samplewick.members["tamsin"], samplewick.room))[0]
    assert shown.table["health"][AgencyCode("quillmere_hv")].names == ()
    assert (await hold(samplewick, "imara")).allows(Act.OPEN_SECTION, part)


async def test_a_no_to_the_help_closes_what_was_said_of_everybody_whoever_it_names(samplewick):
    no = replace(
        tamsins(samplewick),
        engaged=False,
        answers={},
        subjects=frozenset({samplewick.people["otis"]}),
    )

    await record(samplewick, no)

    held = await hold(samplewick, "leona")
    assert held.open_things(Act.OPEN_SECTION) == {samplewick.label("S6").thing}


async def test_an_answer_about_one_child_takes_the_other_from_nobodys_page(samplewick):
    before = (await hold(samplewick, "tamsin")).open_things(Act.OPEN_SECTION)

    about_otis = replace(tamsins(samplewick), subjects=frozenset({samplewick.people["otis"]}))
    await record(samplewick, about_otis)

    assert (await hold(samplewick, "tamsin")).open_things(Act.OPEN_SECTION) == before


async def test_at_eighteen_nobody_speaks_for_her_any_more(samplewick):
    async with reading() as tx:
        pip = (await family_of(tx, samplewick.room)).find(samplewick.people["pip"])
    assert pip is not None
    assert pip.born is not None
    about_pip = samplewick.label("S4").thing
    almost = adult_at(pip.born) - timedelta(minutes=1)

    with clock.moved_to(almost):
        held = await hold(samplewick, "tamsin")
        assert held.allows(Act.OPEN_SECTION, about_pip)
        assert held.until - monotonic() <= 60
    with clock.moved_to(adult_at(pip.born)):
        held = await hold(samplewick, "tamsin")
        assert not held.allows(Act.OPEN_SECTION, about_pip)
        told = plain(samplewick, subjects=frozenset({pip.id}))
        with pytest.raises(Invalid) as wrong:
            await record(samplewick, told)
    assert wrong.value.faults == {"subjects": "Tamsin Samplewick cannot answer for Pip Samplewick"}


async def test_a_child_who_answers_as_a_parent_is_judged_about_herself_all_the_same(waiting):
    told = waiting.form("juno", ("juno",), {}, capacity=Capacity.PARENT_WITH_PR)

    with pytest.raises(Invalid) as wrong:
        await record(waiting, told)

    assert set(wrong.value.faults) == {"competence"}
