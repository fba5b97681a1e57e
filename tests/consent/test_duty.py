"""The duty to share: nothing rests on it before an officer has confirmed its day."""

from datetime import date, timedelta

import pytest

from consent import asking_advice
from consent.confirming_duty import confirm_duty, view_duty
from consent.deciding import check_decision
from consent.showing_decisions import prepare_decision
from policies.decision import Denied
from server.audit import search
from server.audit.search import Filter
from server.kernel import clock
from server.kernel.database import reading
from server.kernel.errors import Invalid
from tests.consent.samplewick import DUTY_FROM, decided

NOT_YET = {"legal_ground", "duty"}


async def faults_of_the_duty(samplewick) -> dict[str, str]:
    """What is at fault with a decision that rests on the duty, and what the form says of it."""
    keepers = [samplewick.keeper]
    by, told = decided(samplewick)[0]
    offered = await prepare_decision(samplewick.members[by], samplewick.room, keepers=keepers)
    found: dict[str, str] = {}
    try:
        await check_decision(samplewick.members[by], samplewick.room, told, keepers=keepers)
    except Invalid as wrong:
        # What it opens was opened by the same decision before, which is another fault.
        found = {name: fault for name, fault in wrong.faults.items() if name in NOT_YET}
    assert set(found) == (NOT_YET if offered.no_duty else set())
    assert set(found.values()) <= {offered.no_duty}
    return found


async def test_the_day_is_confirmed_by_an_officer_alone_and_recorded(samplewick):
    noor = samplewick.members["noor"]
    for name in ("imara", "ada", "yusuf", "tamsin"):
        with pytest.raises(Denied):
            await confirm_duty(samplewick.members[name], DUTY_FROM)
    for wrong in (None, date(1999, 1, 1), date(2100, 1, 1)):
        with pytest.raises(Invalid):
            await confirm_duty(noor, wrong)
    standing = await view_duty(noor)
    assert standing is not None
    assert (standing.by, standing.start.starts_on) == (noor.name, DUTY_FROM)
    async with reading() as tx:
        kinds = [one.kind async for one in search.all_entries(tx, Filter(member=noor.id))]
    assert {"duty:confirm-noted", "duty:confirmed", "duty:confirm-refused"} & set(kinds) == {
        "duty:confirm-noted",
        "duty:confirmed",
    }


async def test_no_decision_rests_on_a_duty_that_has_not_begun(samplewick):
    assert await faults_of_the_duty(samplewick) == {}
    begins = clock.today() + timedelta(days=9)

    await confirm_duty(samplewick.members["noor"], begins)

    told = await faults_of_the_duty(samplewick)
    assert told["duty"].endswith(f"it applies from {begins.day} {begins:%B %Y}")


async def test_advice_is_asked_without_a_name_of_the_family_or_the_room(samplewick):
    imara, room = samplewick.members["imara"], samplewick.room
    told = {"worry": "A boy of nine is often alone", "question": ""}
    await asking_advice.look_for_names(imara, room, told)
    for named in ("It is OTIS’s mother", "the Samplewick family", "Pip, three"):
        with pytest.raises(Invalid) as wrong:
            await asking_advice.look_for_names(imara, room, {**told, "question": named})
        assert set(wrong.value.faults) == {"question"}
    with pytest.raises(Invalid):
        await asking_advice.look_for_names(imara, room, {"worry": " "})
    with pytest.raises(Denied):
        await asking_advice.look_for_names(samplewick.members["saskia"], room, told)


async def test_until_somebody_has_confirmed_the_day_the_duty_cannot_be_chosen(
    samplewick, monkeypatch
):
    async def nobody_has(tx) -> None:
        del tx

    monkeypatch.setattr("consent.store.duties.find_duty_start", nobody_has)

    told = await faults_of_the_duty(samplewick)
    assert "nobody has confirmed" in told["legal_ground"]
    assert "information governance officer" in told["legal_ground"]
