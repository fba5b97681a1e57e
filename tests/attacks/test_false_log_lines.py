"""No line of the log says that something was done which was not."""

from actions.assigning import assign
from policies.act import Act
from rooms.adding import add_part, preview_part
from rooms.inviting import seat_family_member
from server.kernel.ids import new_id
from tests.attacks.test_storms import part_about_otis
from tests.attacks.test_unknown_things import _assignment
from tests.consent.acts import entries
from tests.documents.test_documents import put_in
from tests.fakes.family_room import KEEPERS
from tests.fakes.laid_family_room import database_url, house, laid

__all__ = ["database_url", "house", "laid"]


async def how_often(act: Act) -> int:
    return sum(one.kind == act.past for one in await entries())


async def test_a_look_at_who_would_see_a_part_adds_none(house):
    part = part_about_otis(house)

    await preview_part(house.imara, house.room, part)
    assert await how_often(Act.CREATE_SECTION) == 0
    for _ in range(2):
        await add_part(house.imara, house.room, part)

    assert await how_often(Act.CREATE_SECTION) == 1


async def test_an_action_sent_twice_is_given_once(house):
    part = await house.add_section(house.imara, "Otis at school")
    assignment = _assignment(part, house.imara)

    for _ in range(2):
        await assign(house.imara, house.room, assignment, keepers=KEEPERS)

    assert await how_often(Act.ASSIGN_ACTION) == 1


async def test_a_document_sent_twice_is_put_in_once(house):
    form = new_id()

    for _ in range(2):
        await put_in(house.imara, house, form=form)

    assert await how_often(Act.UPLOAD_DOCUMENT) == 1


async def test_somebody_of_the_family_is_invited_once(house):
    before = await how_often(Act.INVITE)

    for _ in range(2):
        await seat_family_member(house.imara, house.room, house.people["Otis"], keepers=KEEPERS)

    assert await how_often(Act.INVITE) == before + 1
