"""What protects somebody closes a thing, whatever else opens it."""

from dataclasses import replace

import pytest

from consent.protecting import protect
from consent.protection import Exclusion, SafetyMarker
from policies.act import Act
from server.audit.search import Filter
from server.kernel import notices
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId, new_id
from server.kernel.notices import AccessChanged
from tests.consent.acts import ask, entries


@pytest.mark.parametrize("who", ["imara", "tamsin"])
async def test_an_exclusion_closes_what_everything_else_opens(samplewick, who):
    told: list[AccessChanged] = []
    notices.hear(AccessChanged, told.append)
    label = samplewick.label("S3")
    exclusion = Exclusion(
        new_id(),
        samplewick.room,
        "conflict of interest",
        thing=label.thing,
        member=samplewick.members[who].id,
    )
    await protect(
        samplewick.members["imara"], samplewick.room, exclusion, keepers=[samplewick.keeper]
    )

    decision = await ask(samplewick.members[who], Act.OPEN_SECTION, label)

    assert (decision.allowed, decision.why) == (False, "GUARD-EXCLUDED")
    assert (await ask(samplewick.members[who], Act.OPEN_SECTION, samplewick.label("S1"))).allowed
    refused = (await entries(Filter(kind="section:open-refused")))[0]
    assert refused.details is not None
    assert refused.details["kept_back_by"] == [exclusion.id.hex]
    assert [notice.epoch for notice in told] == samplewick.keeper.epochs[-1:]


async def test_a_safety_marker_closes_a_category_to_the_person_it_protects_from(samplewick):
    marker = SafetyMarker(
        new_id(),
        samplewick.room,
        "confidential_address",
        "her own words",
        category="address_confidential",
        person=samplewick.people["dorran"],
    )
    await protect(samplewick.members["imara"], samplewick.room, marker, keepers=[samplewick.keeper])
    # Even shown on purpose by mistake, it stays closed.
    shown = replace(samplewick.label("S11"), shown_to=frozenset({samplewick.members["dorran"].id}))

    decision = await ask(samplewick.members["dorran"], Act.OPEN_SECTION, shown)

    assert (decision.allowed, decision.why) == (False, "GUARD-MARKED")
    assert (
        await ask(samplewick.members["dorran"], Act.OPEN_SECTION, samplewick.label("S13"))
    ).allowed


async def test_what_protects_somebody_needs_a_person_a_reason_and_this_room(samplewick):
    nobody = Exclusion(new_id(), RoomId(new_id()), " ")

    with pytest.raises(Invalid) as fault:
        await protect(
            samplewick.members["imara"], samplewick.room, nobody, keepers=[samplewick.keeper]
        )

    assert set(fault.value.faults) == {"room", "member", "why"}
