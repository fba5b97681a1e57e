"""A room waits four weeks for its family; then what was entered goes by itself."""

from datetime import timedelta

from consent.disposing import WAITS_DAYS, end_overdue
from consent.naming import family_of
from consent.store import families
from server.directory import store as directory
from server.directory.team import TeamState
from server.kernel import clock
from server.kernel.database import reading
from server.keys import room_keys
from tests.consent.acts import entries


async def test_after_four_weeks_what_was_entered_goes_and_help_was_offered_stays(waiting):
    with clock.moved_to(clock.now() + timedelta(days=WAITS_DAYS)):
        ended = await end_overdue(keepers=[waiting.keeper])
        again = await end_overdue(keepers=[waiting.keeper])

    assert (ended, again) == (1, 0)
    async with reading() as tx:
        assert (await directory.get_team(tx, waiting.room)).state is TeamState.DECLINED
        assert (await family_of(tx, waiting.room)).people == ()
        assert await families.find_people(tx, waiting.people.values()) == {}
        assert await families.count_help_offered(tx, waiting.room) == 1
        assert await room_keys.find_sealer(tx, waiting.room) is None
    disposed = [one for one in await entries() if one.kind == "room:disposed"]
    assert [one.details["kept"] for one in disposed if one.details] == ["help was offered"]


async def test_a_day_before_nothing_goes(waiting):
    with clock.moved_to(clock.now() + timedelta(days=WAITS_DAYS - 1)):
        ended = await end_overdue(keepers=[waiting.keeper])

    assert ended == 0
    async with reading() as tx:
        assert (await family_of(tx, waiting.room)).people


async def test_an_open_room_never_ends_by_itself(samplewick):
    with clock.moved_to(clock.now() + timedelta(days=400)):
        ended = await end_overdue(keepers=[samplewick.keeper])

    assert ended == 0
    assert len(samplewick.keeper.kept) == 15
