"""The confidentiality statement: no entry without it, once a version and at each meeting."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent import accepting, gate
from consent import statement as statements
from policies.act import Act
from policies.decision import Denied
from policies.facts import label_of_room
from server.audit import search
from server.audit.search import Filter
from server.directory import store as directory
from server.kernel import clock
from server.kernel.clock import london_instant
from server.kernel.database import reading, writing

NEXT = "2"


@pytest.fixture
def new_version(monkeypatch):
    """A text with a new version, which nobody has accepted yet."""
    text = replace(statements.statement(), version=NEXT)
    for module in (statements, accepting):
        monkeypatch.setattr(module, "statement", lambda: text)


async def tried(samplewick, who: str, act: Act) -> str:
    """Why somebody may not do this in the room, or to Otis's attendance; "" if she may."""
    room = label_of_room(samplewick.room, act.kind)
    label = samplewick.label("S3") if act is Act.OPEN_SECTION else room
    try:
        async with writing() as tx:
            await gate.require(tx, samplewick.members[who], act, label)
    except Denied as no:
        return no.decision.why
    return ""


async def live(samplewick, who: str, act: Act) -> bool:
    label = samplewick.label("S3") if act is Act.OPEN_SECTION else label_of_room(samplewick.room)
    async with reading() as tx:
        held = await gate.capability(tx, samplewick.members[who], samplewick.room, [label])
    return held.allows(act, label.thing)


async def meets(samplewick, at) -> None:
    async with writing() as tx:
        await directory.set_meeting(tx, samplewick.room, at, None)


async def test_until_a_new_text_is_accepted_nothing_of_a_room_opens_but_that_there_is_one(
    samplewick, new_version
):
    bronagh, room = samplewick.members["bronagh"], samplewick.room
    for act in (Act.VIEW_ROOM, Act.OPEN_SECTION, Act.VIEW_CONSENT, Act.PREPARE_DECISION):
        assert await tried(samplewick, "bronagh", act) == "GUARD-STATEMENT"
    assert await tried(samplewick, "bronagh", Act.LIST_ROOMS) == ""
    assert not await live(samplewick, "bronagh", Act.OPEN_SECTION)
    # The family signs nothing to see its own page, and a stranger learns nothing of it.
    assert await tried(samplewick, "tamsin", Act.VIEW_ROOM) == ""
    assert await tried(samplewick, "saskia", Act.VIEW_ROOM) == "GUARD-MEMBER"

    await accepting.answer_statement(bronagh, room, accepts=False)
    assert await tried(samplewick, "bronagh", Act.VIEW_ROOM) == "GUARD-STATEMENT"
    await accepting.answer_statement(bronagh, room, accepts=True)

    assert await tried(samplewick, "bronagh", Act.OPEN_SECTION) == ""
    assert await live(samplewick, "bronagh", Act.OPEN_SECTION)
    async with reading() as tx:
        found = [one async for one in search.all_entries(tx, Filter(member=bronagh.id))]
    kinds = [one.kind for one in found]
    assert "statement:declined-noted" in kinds
    assert "room:view-refused" in kinds
    accepted = [one.details for one in found if one.kind == "statement:accepted-noted"]
    assert {details["version"] for details in accepted if details} == {NEXT}


async def test_it_is_accepted_again_on_the_day_of_the_meeting_and_not_at_every_entry(samplewick):
    today = clock.today()
    await meets(samplewick, london_instant(today + timedelta(days=1), 10))
    assert await tried(samplewick, "bronagh", Act.VIEW_ROOM) == ""

    with clock.moved_to(london_instant(today + timedelta(days=1))):
        assert await tried(samplewick, "bronagh", Act.VIEW_ROOM) == "GUARD-STATEMENT"
        # Who was in goes on with what she has open; only coming in waits.
        assert await tried(samplewick, "bronagh", Act.OPEN_SECTION) == ""
        assert await live(samplewick, "bronagh", Act.VIEW_ROOM)
        await accepting.answer_statement(
            samplewick.members["bronagh"], samplewick.room, accepts=True
        )
        assert await tried(samplewick, "bronagh", Act.VIEW_ROOM) == ""
        assert await tried(samplewick, "ketan", Act.VIEW_ROOM) == "GUARD-STATEMENT"
    with clock.moved_to(london_instant(today + timedelta(days=2))):
        assert await tried(samplewick, "ketan", Act.VIEW_ROOM) == ""


async def test_who_has_no_place_neither_reads_nor_answers_it(samplewick):
    for name in ("saskia", "noor", "tamsin"):
        for attempt in (
            accepting.read_statement(samplewick.members[name], samplewick.room),
            accepting.answer_statement(samplewick.members[name], samplewick.room, accepts=True),
        ):
            with pytest.raises(Denied):
                await attempt
