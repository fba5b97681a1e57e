"""What the log tells of is decided once more: by what was in force then, with the same answers."""

from datetime import timedelta

import pytest

from consent import asked, replaying
from consent.replaying import replay_draft, replay_log
from policies import revision, store
from policies.act import Act
from policies.decision import Denied, Ground
from policies.facts import Kind, label_of_house, label_of_room
from policies.isa import IsaState
from policies.question import Cell, Live, Question
from server.audit import search
from server.audit.search import Filter
from server.directory import store as directory
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import AgencyCode
from tests.benchmarks.sample_room import sample_room
from tests.consent.acts import ask, entries, sift, stop
from tests.consent.samplewick import Samplewick
from tests.consent.test_emergency import let_in
from tests.consent.test_foreseeing_policy import draft
from tests.consent.test_ruling import never, set_rules, words


async def much_happens(world: Samplewick) -> None:
    """Everybody asks for every part, to open and to write in; money is stopped; then again.

    Somebody is let in for an emergency and reads; a rule of Tamsin's own keeps others out.
    """
    labels = list(world.keeper.kept.values())
    for number, member in enumerate(world.members.values()):
        for label in labels[number % 2 :: 2]:
            await ask(member, (Act.OPEN_SECTION, Act.BEGIN_EDIT)[number % 3 == 1], label)
    await stop(world, "money")
    for member in world.members.values():
        await ask(member, Act.VIEW_ROOM, label_of_room(world.room))
        await ask(member, Act.OPEN_ROOM, label_of_house(Kind.ROOM))
        await sift(member, Act.LIST_SECTIONS, labels)
        await ask(member, Act.OPEN_SECTION, world.label("S1"))
    async with reading() as tx:
        reference = (await directory.get_team(tx, world.room)).reference
    await let_in(world, reference)
    await sift(world.members["noor"], Act.LIST_SECTIONS, labels)
    assert (await ask(world.members["noor"], Act.OPEN_SECTION, world.label("S5"))).allowed
    await set_rules(world, words(world, never(world, people=("dorran",), members=("leona",))))
    meeting = label_of_room(world.room, Kind.MEETING)
    assert not (await ask(world.members["dorran"], Act.VIEW_MEETING, meeting)).allowed
    assert not (await ask(world.members["leona"], Act.OPEN_SECTION, world.label("S11"))).allowed


async def replayed():
    async with reading() as tx:
        return await replay_log(tx, Filter())


async def test_every_decision_of_the_log_is_the_same_again(samplewick):
    await much_happens(samplewick)

    done = await replayed()

    print(
        f"replayed: {done.decisions} decisions, {done.same} the same "
        f"({done.same / done.decisions:.0%}); {done.rules} by rules; not told of {done.untold}"
    )
    assert done.differ == []
    assert done.decisions == done.same > 100
    assert done.rules >= 1
    assert done.others == 0
    assert done.reached is None
    told = await entries()
    kinds = {one.kind for one in told}
    assert {"section:opened", "section:open-refused", "meeting:view-refused"} <= kinds
    assert {"emergency", "decided", "agreed", "own", "standing"} <= {
        one.details.get("ground") for one in told if one.details
    }
    assert sum(one.outcome != "noted" for one in told) == (
        done.decisions + done.rules + sum(done.untold.values())
    )


async def test_a_decision_is_put_to_what_was_in_force_at_its_time(samplewick):
    visitor, part = samplewick.members["bronagh"], samplewick.label("S3")
    assert (await ask(visitor, Act.OPEN_SECTION, part)).allowed
    async with writing() as tx:
        isa = await store.get_isa(tx, "QEH", 3)
        suspended = await revision.put_in_force(tx, isa, IsaState.SUSPENDED)
    with clock.moved_to(suspended):
        assert not (await ask(visitor, Act.OPEN_SECTION, part)).allowed

        done = await replayed()

    assert done.differ == []
    assert done.same == done.decisions


async def test_an_answer_that_was_another_is_found(samplewick, monkeypatch):
    await ask(samplewick.members["bronagh"], Act.OPEN_SECTION, samplewick.label("S3"))
    written = replaying._told

    monkeypatch.setattr(replaying, "_told", lambda *of: written(*of).replace("QEH/3.2", "QEH/3.3"))
    done = await replayed()

    assert len(done.differ) >= 1
    assert done.differ[0].was != done.differ[0].becomes


async def test_a_draft_shows_the_decisions_that_would_be_others(samplewick):
    for member in samplewick.members.values():
        for part in ("S3", "S4", "S7"):
            await ask(member, Act.OPEN_SECTION, samplewick.label(part))
        await sift(member, Act.LIST_SECTIONS, samplewick.keeper.kept.values())

    done = await replay_draft(samplewick.members["noor"], await draft(without="QEH/3.2"))

    opened = [one for one in done.differ if one.kind == "section:opened"]
    assert opened
    assert all("QEH/3.2" in one.was for one in opened)
    assert all(one.becomes.startswith("refused") for one in done.differ)
    assert {one.kind for one in done.differ} == {"section:opened", "section:listed"}
    assert samplewick.members["bronagh"].name in {one.name for one in done.differ}
    assert (await replay_draft(samplewick.members["noor"], await draft())).differ == []


async def test_no_more_of_the_log_is_read_than_is_wanted_and_it_is_told_how_far_back(
    samplewick, monkeypatch
):
    for part in ("S3", "S4", "S7") * 3:
        await ask(samplewick.members["bronagh"], Act.OPEN_SECTION, samplewick.label(part))
    told = await entries()
    monkeypatch.setattr(search, "PAGE_SIZE", 4)
    monkeypatch.setattr(replaying, "TOLD_AT_MOST", 2)
    noor, narrower = samplewick.members["noor"], await draft(without="QEH/3.2")

    some = await replay_draft(noor, narrower, at_most=10)
    every = await replay_draft(noor, narrower, at_most=len(told) + 1)

    # The look itself was recorded first, and is the newest that is read.
    assert some.reached == told[8].at
    assert some.decisions < every.decisions
    assert every.reached is None
    assert every.others >= 3
    assert len(every.differ) == 2


async def test_only_the_officer_may_look_and_the_look_is_recorded(samplewick):
    with pytest.raises(Denied):
        await replay_draft(samplewick.members["imara"], await draft())

    await replay_draft(samplewick.members["noor"], await draft(), last=timedelta(days=1))

    assert "policy:replayed" in {one.kind for one in await entries()}


def test_a_question_comes_back_as_it_was_written():
    cells = (
        Cell(
            "asb", AgencyCode("bramblegate"), frozenset({Live(Ground.AGREED, "plan")}), named=True
        ),
        Cell("asb", AgencyCode("tansy_vale"), frozenset(), excl="x", marker="y"),
    )
    day = clock.today()
    question = Question(
        "tac_member", AgencyCode("tansy_vale"), ("plan", "review"), "view", Kind.CONTENT, cells, day
    )

    told = asked.written([question, question])
    again = asked.read(
        told, role="tac_member", dst=AgencyCode("tansy_vale"), act=Act.OPEN_SECTION, day=day
    )

    assert again == [question]
    assert told["left_out"] == 0


async def test_every_decision_of_the_demos_story_is_the_same_again():
    async with sample_room(parts=15) as sample, sample.database.reading() as tx:
        done = await replay_log(tx, Filter())

    print(f"demo: {done.decisions} decisions, {done.same} the same; not told of: {done.untold}")
    assert done.differ == []
    assert done.same == done.decisions > 80
