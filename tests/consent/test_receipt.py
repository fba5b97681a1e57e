"""The receipt of what somebody agreed: every version, her own alone, staff without names."""

import pytest

from consent.consent import Choice, ConsentState
from consent.receipt import read_receipt
from consent.withdrawing import Withdrawal, withdraw
from policies.act import Act
from policies.decision import Denied
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, PersonId, new_id
from tests.consent.acts import ask, entries

HOUSING = AgencyCode("bramblegate")


async def stop_money(world):
    stopped = Withdrawal(
        giver=world.people["tamsin"],
        topics=frozenset({"money"}),
        agencies=frozenset({HOUSING}),
    )
    await withdraw(world.members["tamsin"], world.room, stopped, keepers=[world.keeper])


async def test_each_version_stands_in_it_as_it_was(samplewick):
    await stop_money(samplewick)

    receipt = await read_receipt(samplewick.members["tamsin"], samplewick.room)

    assert receipt is not None
    now, before = receipt.versions
    assert (now.number, before.number) == (2, 1)
    assert now.said.table["money"][HOUSING].choice is Choice.NO
    assert before.said.table["money"][HOUSING].choice is Choice.YES
    assert now.said.table["school"] == before.said.table["school"]
    assert before.recorded_by == ("Pastoral lead", "Tansy Vale School")
    assert now.recorded_by is None
    assert now.is_for_self
    assert len(now.others) == 2


async def test_the_version_of_the_receipt_stands_in_the_entry_of_what_it_allowed(samplewick):
    await stop_money(samplewick)
    receipt = await read_receipt(samplewick.members["tamsin"], samplewick.room)

    await ask(samplewick.members["bronagh"], Act.OPEN_SECTION, samplewick.label("S3"))

    (opened,) = [one for one in await entries() if one.kind == "section:opened"]
    assert opened.details is not None
    assert receipt is not None
    used = opened.details["consent"]
    # The answer about school was given in version 1, and no later version changed it.
    assert used == [{"id": receipt.id.hex, "version": receipt.versions[-1].number}]


async def test_no_name_of_staff_stands_in_it_whoever_prints_it(samplewick):
    mother = samplewick.people["tamsin"]
    own = await read_receipt(samplewick.members["tamsin"], samplewick.room)
    printed = await read_receipt(samplewick.members["imara"], samplewick.room, mother)

    assert printed == own
    assert own is not None
    staff = {name for who in ("imara", "bronagh") for name in samplewick.members[who].name.split()}
    assert not any(name in str(own.versions) for name in staff)


async def test_who_said_no_has_a_receipt_of_it(samplewick):
    receipt = await read_receipt(samplewick.members["dorran"], samplewick.room)

    assert receipt is not None
    assert [one.said.state for one in receipt.versions] == [ConsentState.REFUSED]
    assert "Pip" not in str(receipt)
    assert "Tamsin" not in str(receipt)


@pytest.mark.parametrize("who", ["bronagh", "gethin", "dorran", "juno", "noor", "saskia"])
async def test_it_is_nobody_elses(samplewick, who):
    with pytest.raises(Denied):
        await read_receipt(samplewick.members[who], samplewick.room, samplewick.people["tamsin"])


async def test_of_somebody_who_was_not_asked_there_is_none(samplewick):
    with pytest.raises(NotFound):
        await read_receipt(samplewick.members["imara"], samplewick.room, PersonId(new_id()))
