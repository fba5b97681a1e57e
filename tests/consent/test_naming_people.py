"""For whom by name a thing is can be changed later: by whose it is, with the reason, at once."""

from dataclasses import replace

import pytest

from consent.naming_people import change_names, may_change, prepare_names
from policies.act import Act
from server.audit.search import Filter
from server.kernel.errors import Invalid, NotFound, Refused
from server.kernel.ids import new_id
from tests.consent.acts import ask, entries, hold


async def test_who_comes_on_the_list_sees_it_and_who_goes_does_not(samplewick):
    imara, room, keepers = samplewick.members["imara"], samplewick.room, [samplewick.keeper]
    part = samplewick.label("S15")
    samplewick.keeper.kept["serves S15"] = replace(part, thing=new_id(), serves=part.thing)
    names = {who: samplewick.members[who].id for who in ("imara", "bronagh", "ketan", "leona")}
    before = await hold(samplewick, "ketan")
    assert before.sees(part)

    changed = frozenset({names["imara"], names["bronagh"], names["leona"]})
    await change_names(imara, room, part.thing, changed, why="Ketan has left", keepers=keepers)

    for title in ("S15", "serves S15"):
        label = samplewick.keeper.kept[title]
        assert label.named == changed
        closed = await ask(samplewick.members["ketan"], Act.OPEN_SECTION, label)
        assert closed.why == "GUARD-EXCLUDED"
        # To be on the list opens nothing by itself: housing has no clause for it.
        assert not (await ask(samplewick.members["leona"], Act.OPEN_SECTION, label)).allowed
    bronagh, again = samplewick.members["bronagh"], samplewick.label("S15")
    assert (await ask(bronagh, Act.OPEN_SECTION, again)).allowed
    after = await hold(samplewick, "ketan")
    assert after.epoch > before.epoch
    assert not after.sees(samplewick.label("S15"))
    (noted,) = await entries(Filter(kind="section:names-noted"))
    assert noted.details is not None
    assert noted.details["came"] == [names["leona"].hex]
    assert names["ketan"].hex in noted.details["went"]
    assert noted.details["words"] == "Ketan has left"


async def test_only_whose_it_is_changes_it_and_only_where_there_is_a_list(samplewick):
    room, keepers = samplewick.room, [samplewick.keeper]
    restricted, shared = samplewick.label("S15"), samplewick.label("S3")
    shown = await prepare_names(
        samplewick.members["imara"], room, restricted.thing, keepers=keepers
    )
    assert shown.is_closed
    assert shown.named == restricted.named

    # Bronagh may write in it, and is not of the organisation that it comes from.
    for who, thing in (
        ("bronagh", restricted.thing),
        ("leona", restricted.thing),
        ("tamsin", restricted.thing),
        ("saskia", restricted.thing),
        ("imara", new_id()),
    ):
        with pytest.raises(Refused):
            await prepare_names(samplewick.members[who], room, thing, keepers=keepers)
    with pytest.raises(NotFound):
        await prepare_names(samplewick.members["imara"], room, shared.thing, keepers=keepers)
    assert not may_change(samplewick.members["imara"], shared)
    assert may_change(samplewick.members["imara"], restricted)
    for named, why, field in (
        (frozenset({samplewick.members["bronagh"].id}), "Why", "named"),
        (restricted.named | {samplewick.members["saskia"].id}, "Why", "named"),
        (restricted.named, " ", "why"),
        (restricted.named, "x" * 4001, "why"),
    ):
        with pytest.raises(Invalid) as fault:
            await change_names(
                samplewick.members["imara"],
                room,
                restricted.thing,
                frozenset(named),
                why=why,
                keepers=keepers,
            )
        assert set(fault.value.faults) == {field}
