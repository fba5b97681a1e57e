"""A lead learns in time that something agreed ends; nobody else is told through this list."""

from datetime import timedelta

from consent.renewing import SOON, agreements_to_renew
from consent.store import consents
from server.directory import store as directory
from server.kernel import clock
from server.kernel.database import reading


async def first_review(samplewick):
    async with reading() as tx:
        return min(one.review_on for one in await consents.newest_versions(tx, samplewick.room))


async def test_what_was_agreed_is_to_be_renewed_six_weeks_before_it_ends(samplewick):
    imara = samplewick.members["imara"]
    ends = await first_review(samplewick)
    with clock.moved_to(clock.london_instant(ends - SOON - timedelta(days=1), 12)):
        early = await agreements_to_renew(imara)
    with clock.moved_to(clock.london_instant(ends - SOON, 12)):
        in_time = await agreements_to_renew(imara)
    with clock.moved_to(clock.london_instant(ends + timedelta(days=3), 12)):
        late = await agreements_to_renew(imara)

    async with reading() as tx:
        reference = (await directory.get_team(tx, samplewick.room)).reference
    assert early == []
    assert [(one.reference, one.review_on) for one in in_time] == [(reference, ends)]
    assert in_time == late


async def test_only_who_leads_the_room_is_told(samplewick):
    ends = await first_review(samplewick)
    with clock.moved_to(clock.london_instant(ends, 12)):
        told = [
            await agreements_to_renew(samplewick.members[who])
            for who in ("bronagh", "leona", "saskia", "noor")
        ]

    assert told == [[], [], [], []]


async def test_a_room_nobody_has_agreed_to_has_nothing_to_renew(waiting):
    assert await agreements_to_renew(waiting.members["imara"]) == []
