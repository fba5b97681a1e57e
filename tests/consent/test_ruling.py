"""What somebody of the family says in her own words becomes rules, and the rules close things."""

from dataclasses import replace

import pytest

from consent import giving, ruling
from consent.consent import Capacity, Recipient
from consent.protecting import end
from consent.protection import RuleSort
from consent.rule_form import RuleForm, WordsForm
from consent.store import openings
from policies.act import Act
from policies.facts import Kind, Label, label_of_room
from server.audit.search import Filter
from server.directory import store as directory
from server.kernel.database import reading
from server.kernel.errors import Conflict, Invalid, Refused
from server.kernel.ids import id_of_form, new_id
from tests.consent.acts import BRAMBLEGATE, ask, entries, hold
from tests.consent.samplewick import tamsins

ADDRESS = frozenset({"address"})
WORDS = "Nobody tells Dorran where we are. Not by accident either."


def words(world, *rules, by="tamsin", about=("tamsin", "otis", "pip"), **more):
    return WordsForm(
        id=new_id(),
        said_by=world.people[by],
        words=WORDS,
        subjects=frozenset(world.people[one] for one in about),
        rules=rules,
        **more,
    )


def never(world, *, people=(), members=(), agencies=(), topics=ADDRESS, everything=False):
    return RuleForm(
        RuleSort.NEVER,
        members=frozenset(world.members[one].id for one in members),
        people=frozenset(world.people[one] for one in people),
        agencies=frozenset(agencies),
        topics=topics,
        everything=everything,
    )


def only(world, *members, topics=ADDRESS):
    return replace(never(world, members=members, topics=topics), sort=RuleSort.ONLY)


async def set_rules(world, told, by="imara"):
    await ruling.set_rules(world.members[by], world.room, told, keepers=[world.keeper])


async def opens(world, who, label):
    decision = await ask(world.members[who], Act.OPEN_SECTION, label)
    return decision.allowed or decision.why


async def test_words_are_kept_with_the_agreement_and_their_rules_close_at_once(samplewick):
    imara = samplewick.members["imara"]
    shown = replace(samplewick.label("S11"), shown_to=frozenset({samplewick.members["dorran"].id}))
    told = replace(
        tamsins(samplewick),
        rules=(only(samplewick, "imara", "bronagh"), never(samplewick, people=("dorran",))),
    )
    before = await hold(samplewick, "leona")

    await giving.record_consent(imara, samplewick.room, told, keepers=[samplewick.keeper])

    # Dorran never, even where it was shown to him by mistake; Leona is named no more.
    assert await opens(samplewick, "dorran", shown) == "GUARD-EXCLUDED"
    assert await opens(samplewick, "leona", samplewick.label("S11")) == "GUARD-EXCLUDED"
    for who in ("imara", "bronagh", "tamsin"):
        assert await opens(samplewick, who, samplewick.label("S11")) is True
    assert await opens(samplewick, "dorran", samplewick.label("S13")) is True
    after = await hold(samplewick, "leona")
    assert before.sees(samplewick.label("S11"))
    assert not after.sees(samplewick.label("S11"))
    assert after.epoch > before.epoch
    noted = await entries(Filter(kind="protection:rule-noted"))
    assert {one.details["sort"] for one in noted if one.details} == {"never", "only"}
    assert WORDS not in repr(noted)


async def test_who_is_kept_from_somebody_is_told_of_no_meeting(samplewick):
    meeting = label_of_room(samplewick.room, Kind.MEETING)
    dorran, leona = samplewick.members["dorran"], samplewick.members["leona"]
    assert (await ask(dorran, Act.VIEW_MEETING, meeting)).allowed

    await set_rules(
        samplewick,
        words(samplewick, never(samplewick, people=("dorran",), members=("leona",))),
    )

    assert (await ask(dorran, Act.VIEW_MEETING, meeting)).why == "GUARD-EXCLUDED"
    assert (await ask(samplewick.members["tamsin"], Act.VIEW_MEETING, meeting)).allowed
    # A colleague kept from a topic still comes to the meeting.
    assert (await ask(leona, Act.VIEW_MEETING, meeting)).allowed


async def test_nobody_is_kept_from_what_is_about_herself_alone(samplewick):
    about_him = replace(
        samplewick.label("S11"),
        subjects=frozenset({samplewick.people["dorran"]}),
        shown_to=frozenset({samplewick.members["dorran"].id}),
    )
    await set_rules(samplewick, words(samplewick, never(samplewick, people=("dorran",))))

    assert await opens(samplewick, "dorran", about_him) is True


async def test_an_organisation_is_kept_from_everything_about_the_one_who_said_so(samplewick):
    told = words(
        samplewick,
        never(samplewick, agencies=("bramblegate",), topics=frozenset(), everything=True),
        by="juno",
        about=("juno",),
    )
    await set_rules(samplewick, told)

    # S2 is about Juno too; S6 is not, and is Bramblegate's own.
    assert await opens(samplewick, "leona", samplewick.label("S2")) == "GUARD-EXCLUDED"
    assert await opens(samplewick, "leona", samplewick.label("S6")) is True


async def test_a_parents_rule_never_undoes_what_a_young_person_lets_be_shared(samplewick):
    topics = frozenset({"school"})
    alone = words(samplewick, never(samplewick, members=("ketan",), topics=topics), about=("juno",))
    with pytest.raises(Invalid) as fault:
        await set_rules(samplewick, alone)
    assert fault.value.faults == {"subjects": "Juno Samplewick answers for themselves: ask them"}

    # In the agreement she may be ticked with the others: the rule leaves her out.
    told = tamsins(samplewick)
    told = replace(
        told,
        subjects=told.subjects | {samplewick.people["juno"]},
        rules=(never(samplewick, members=("ketan",), topics=topics),),
    )
    await giving.record_consent(
        samplewick.members["imara"], samplewick.room, told, keepers=[samplewick.keeper]
    )

    assert await opens(samplewick, "ketan", samplewick.label("S10")) is True
    assert await opens(samplewick, "ketan", samplewick.label("S3")) == "GUARD-EXCLUDED"


async def test_a_rule_about_a_child_ends_for_her_once_she_answers_for_herself(waiting):
    imara, room, keepers = waiting.members["imara"], waiting.room, [waiting.keeper]
    topics = frozenset({"school"})
    told = replace(
        tamsins_with_juno(waiting), rules=(never(waiting, members=("ketan",), topics=topics),)
    )
    await giving.record_consent(imara, room, told, keepers=keepers)
    async with reading() as tx:
        (rule,) = (await openings.find_openings(tx, room)).protections.rules
    ketan = Recipient(waiting.members["ketan"].id, waiting.members["ketan"].agency)
    about_juno = Label(
        thing=new_id(),
        room=room,
        categories=frozenset({"education_attainment"}),
        subjects=frozenset({waiting.people["juno"]}),
    )

    assert rule.closes(about_juno, ketan)
    assert not rule.closes(about_juno, ketan, {waiting.people["juno"], waiting.people["tamsin"]})


def tamsins_with_juno(world):
    return world.form(
        "tamsin",
        ("tamsin", "juno"),
        {"school": {"tansy_vale": "yes"}},
        capacity=Capacity.PARENT_WITH_PR,
        own_words=WORDS,
    )


async def test_what_it_would_close_is_said_before_and_nothing_is_recorded(samplewick):
    told = words(samplewick, only(samplewick, "imara", "bronagh"))
    checked = await ruling.check_rules(
        samplewick.members["imara"], samplewick.room, told, keepers=[samplewick.keeper]
    )

    (rule,) = checked.rules
    assert rule.said_by == "Tamsin Samplewick"
    assert set(rule.names) == {"Imara Testwell", "Bronagh Exampleton"}
    assert rule.topics == ("Where we live now",)
    assert [(one.who, one.things) for one in checked.closings] == [("Leona Mockingham", ("S11",))]
    assert await opens(samplewick, "leona", samplewick.label("S11")) is True


async def test_a_rule_is_written_anew_and_ended_with_a_reason(samplewick):
    imara, room, keepers = samplewick.members["imara"], samplewick.room, [samplewick.keeper]
    first = words(samplewick, only(samplewick, "imara"))
    await set_rules(samplewick, first)
    with pytest.raises(Conflict):
        await set_rules(samplewick, first)
    rule = id_of_form(imara.id, first.id)
    again = words(samplewick, only(samplewick, "imara", "leona"), instead=rule)
    await set_rules(samplewick, again)
    assert await opens(samplewick, "leona", samplewick.label("S11")) is True
    assert await opens(samplewick, "bronagh", samplewick.label("S11")) == "GUARD-EXCLUDED"

    rule = id_of_form(imara.id, again.id)
    with pytest.raises(Invalid):
        await end(imara, room, "rule", rule, why=" ", keepers=keepers)
    for stranger in ("bronagh", "tamsin", "yusuf"):
        with pytest.raises(Refused):
            await end(samplewick.members[stranger], room, "rule", rule, why="No", keepers=keepers)
    await end(imara, room, "rule", rule, why="Tamsin asked for it", keepers=keepers)
    assert await opens(samplewick, "bronagh", samplewick.label("S11")) is True
    with pytest.raises(Conflict):
        await end(imara, room, "rule", rule, why="Twice", keepers=keepers)
    with pytest.raises(Refused):
        await end(imara, room, "rule", new_id(), why="Unknown", keepers=keepers)


async def test_each_thing_wrong_with_a_rule_is_told_at_its_field(samplewick):
    both = replace(never(samplewick, people=("tamsin",)), everything=True)
    told = words(samplewick, both, RuleForm(""), about=("tamsin", "dorran"))
    with pytest.raises(Invalid) as fault:
        await set_rules(samplewick, replace(told, words=" "))

    assert set(fault.value.faults) == {
        "words",
        "subjects",
        "rule-1-who",
        "rule-1-topics",
        "rule-2-sort",
        "rule-2-who",
        "rule-2-topics",
    }
    with pytest.raises(Invalid) as nobody:
        await set_rules(samplewick, replace(told, said_by=None))
    assert set(nobody.value.faults) == {"said_by"}


async def test_a_no_may_come_with_rules_and_goes_with_the_room(waiting):
    told = waiting.form(
        "dorran", ("dorran",), {}, capacity=Capacity.ADULT_FOR_SELF, engaged=False, own_words=WORDS
    )
    rule = RuleForm(RuleSort.NEVER, agencies=frozenset({BRAMBLEGATE}), everything=True)
    await giving.record_consent(
        waiting.members["imara"],
        waiting.room,
        replace(told, rules=(rule,)),
        keepers=[waiting.keeper],
    )
    with pytest.raises(Invalid) as fault:
        await giving.record_consent(
            waiting.members["imara"],
            waiting.room,
            replace(told, own_words="", rules=(rule,)),
            keepers=[waiting.keeper],
        )
    assert set(fault.value.faults) == {"own_words"}
    async with reading() as tx:
        assert (await directory.get_team(tx, waiting.room)).state == "proposed"
