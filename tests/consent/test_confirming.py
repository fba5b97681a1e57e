"""Each organisation confirms that it has stopped; who has is known to the lead and the giver."""

import pytest

from consent.confirming import confirm_stop, stops_shown, stops_to_confirm
from consent.giving import record_consent
from consent.renewing import renew
from consent.withdrawing import Withdrawal, record_confirmation, withdraw
from policies.decision import Denied
from server.kernel.errors import Conflict
from tests.consent.acts import BRAMBLEGATE, entries
from tests.consent.samplewick import tamsins


async def stops(world, *topics):
    """Tamsin stops topics for housing, on her own page."""
    await withdraw(
        world.members["tamsin"],
        world.room,
        Withdrawal(
            giver=world.people["tamsin"],
            topics=frozenset(topics),
            agencies=frozenset({BRAMBLEGATE}),
        ),
        keepers=[world.keeper],
    )


async def asked(world, who):
    """Which topics somebody's organisation is asked about."""
    found = await stops_to_confirm(world.members[who])
    return [topic for one in found for topic in one.topics]


async def test_only_the_organisation_that_lost_it_is_asked_and_one_press_is_enough(samplewick):
    assert await asked(samplewick, "leona") == []
    await stops(samplewick, "money")

    found = {who: await asked(samplewick, who) for who in ("leona", "imara", "bronagh", "gethin")}
    await confirm_stop(samplewick.members["leona"], samplewick.room)

    assert found == {"leona": ["Money and work"], "imara": [], "bronagh": [], "gethin": []}
    assert await asked(samplewick, "leona") == []
    with pytest.raises(Conflict):
        await confirm_stop(samplewick.members["leona"], samplewick.room)
    noted = [one for one in await entries() if one.kind == "consent:stop-confirmed"]
    assert [(one.who, (one.details or {})["confirmed_by"]) for one in noted] == [
        (samplewick.members["leona"].id, BRAMBLEGATE)
    ]
    assert "consent:stop-acknowledged" in {one.kind for one in await entries()}


async def test_the_lead_and_who_stopped_it_see_who_has_confirmed_and_nobody_else(samplewick):
    await stops(samplewick, "money")

    async def seen(who):
        found = await stops_shown(samplewick.members[who], samplewick.room)
        return [(one.topics, one.confirmed_at is not None) for one in found]

    before = [await seen(who) for who in ("imara", "tamsin")]
    await confirm_stop(samplewick.members["leona"], samplewick.room)
    after = [await seen(who) for who in ("imara", "tamsin")]

    assert before == [[(("Money and work",), False)]] * 2
    assert after == [[(("Money and work",), True)]] * 2
    for who in ("juno", "dorran", "leona", "bronagh"):
        assert await seen(who) == []


async def test_what_is_stopped_later_is_asked_again_and_what_is_agreed_again_is_not(samplewick):
    await stops(samplewick, "money")
    await confirm_stop(samplewick.members["leona"], samplewick.room)
    await stops(samplewick, "family_life")
    later = await asked(samplewick, "leona")

    await record_consent(
        samplewick.members["imara"],
        samplewick.room,
        tamsins(samplewick),
        keepers=[samplewick.keeper],
    )

    assert "Family life" in later
    assert await asked(samplewick, "leona") == []


async def test_what_stands_confirmed_stays_so_when_nothing_else_has_changed(samplewick):
    await stops(samplewick, "money")
    await record_confirmation(
        samplewick.members["imara"],
        samplewick.room,
        samplewick.people["tamsin"],
        agency=BRAMBLEGATE,
    )
    await renew(
        samplewick.members["tamsin"],
        samplewick.room,
        giver=None,
        version=2,
        how="own_page",
        keepers=[samplewick.keeper],
    )

    assert await asked(samplewick, "leona") == []
    (shown,) = await stops_shown(samplewick.members["imara"], samplewick.room)
    assert shown.confirmed_at is not None


@pytest.mark.parametrize("who", ["saskia", "noor", "tamsin", "dorran"])
async def test_nobody_without_a_place_of_an_organisation_confirms(samplewick, who):
    await stops(samplewick, "money")

    assert await asked(samplewick, who) == []
    with pytest.raises(Denied):
        await confirm_stop(samplewick.members[who], samplewick.room)
