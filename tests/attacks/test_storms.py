"""Many acts on one room at once: none is lost, none waits for ever, none fails by its own fault."""

import asyncio
from datetime import time, timedelta

from consent.withdrawing import Withdrawal, withdraw
from policies.act import Act
from rooms import reading as rooms_reading
from rooms.adding import NewPart, add_part
from rooms.inviting import Invitation, invite, seat_family_member
from rooms.meetings import schedule_meeting
from server.directory import store as directory
from server.kernel import clock
from server.kernel.database import reading
from server.kernel.errors import Invalid
from server.kernel.ids import AgencyCode, SectionId, new_id
from tests.consent.acts import entries
from tests.fakes.family_room import KEEPERS
from tests.fakes.laid_family_room import database_url, house, laid

__all__ = ["database_url", "house", "laid"]


def part_about_otis(house, thing=None) -> NewPart:
    return NewPart(
        id=thing or SectionId(new_id()),
        under="worried_about",
        heading="Otis at school",
        about=frozenset({house.people["Otis"]}),
        categories=frozenset({"education_attendance"}),
    )


async def test_meetings_set_at_once_by_four_pages_are_all_set(house):
    day = clock.today() + timedelta(days=7)

    await asyncio.gather(
        *(
            schedule_meeting(house.imara, house.room, day=day, at=time(9 + hour), call_link="")
            for hour in range(8)
        )
    )

    kinds = [one.kind for one in await entries()]
    assert kinds.count("meeting:scheduled") == 8


async def test_withdrawals_invitations_parts_and_meetings_at_once_all_come_to_an_end(house):
    before = await _epoch(house)
    day = clock.today() + timedelta(days=7)

    def stopped(topic: str, agency: str):
        told = Withdrawal(
            giver=house.people["Tamsin"],
            topics=frozenset({topic}),
            agencies=frozenset({AgencyCode(agency)}),
        )
        return withdraw(house.tamsin, house.room, told, keepers=KEEPERS)

    storm = [
        stopped("family_life", "bramblegate"),
        stopped("school", "quillmere_hv"),
        stopped("home", "bramblegate"),
        stopped("safety_nearby", "quillmere_police"),
        *(add_part(house.imara, house.room, part_about_otis(house)) for _ in range(6)),
        *(
            schedule_meeting(house.imara, house.room, day=day, at=time(9 + hour), call_link="")
            for hour in range(4)
        ),
        *(
            invite(house.imara, house.room, Invitation(one.id), keepers=KEEPERS)
            for one in (house.saskia, house.bronagh)
        ),
        *(rooms_reading.read_plan(who, house.room) for who in (house.leona, house.gethin)),
    ]
    ended = await asyncio.gather(*storm, return_exceptions=True)

    assert [one for one in ended if isinstance(one, BaseException)] == []
    assert await _epoch(house) == before + 4


async def test_one_form_sent_four_times_at_once_adds_one_part_and_one_line(house):
    part = part_about_otis(house)

    added = await asyncio.gather(
        *(add_part(house.imara, house.room, part) for _ in range(4)), return_exceptions=True
    )

    assert len(set(added)) == 1
    kinds = [one.kind for one in await entries()]
    assert kinds.count(Act.CREATE_SECTION.past) == 1


async def test_the_same_withdrawal_sent_four_times_at_once_is_done_once(house):
    told = Withdrawal(
        giver=house.people["Tamsin"],
        topics=frozenset({"family_life"}),
        agencies=frozenset({AgencyCode("bramblegate")}),
    )

    ended = await asyncio.gather(
        *(withdraw(house.tamsin, house.room, told, keepers=KEEPERS) for _ in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Invalid) for one in ended) == 3
    kinds = [one.kind for one in await entries()]
    assert kinds.count("consent:withdrawn") == 1


async def test_somebody_of_the_family_seated_twice_at_once_has_one_place(house):
    otis = house.people["Otis"]

    seated = await asyncio.gather(
        *(seat_family_member(house.imara, house.room, otis, keepers=KEEPERS) for _ in range(4)),
        return_exceptions=True,
    )

    ids = {getattr(one, "id", one) for one in seated}
    assert len(ids) == 1
    async with reading() as tx:
        seats = await directory.list_seats(tx, house.room)
    assert sum(seat.member in ids for seat in seats) == 1


async def _epoch(house) -> int:
    async with reading() as tx:
        return (await directory.epochs(tx, [house.room]))[house.room]
