"""Actions as consent sees them."""

from datetime import timedelta

from actions.assigning import Assignment, assign
from actions.keeping import ActionKeeper
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import ActionId, new_id
from tests.fakes.family_room import KEEPERS


async def test_labels_titles_and_the_end_of_a_rooms_actions(house):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara,
        house.room,
        Assignment(
            ActionId(new_id()),
            section,
            "Ring the school",
            house.imara.id,
            clock.today() + timedelta(days=1),
        ),
        keepers=KEEPERS,
    )
    keeper = ActionKeeper()

    async with reading() as tx:
        labels = await keeper.labels(tx, house.room)
        titles = await keeper.titles(tx, house.room, [action, new_id()])
    async with writing() as tx:
        await keeper.access_changed(tx, house.room, 7)
        gone = await keeper.dispose(tx, house.room)

    assert [label.thing for label in labels] == [action]
    assert titles == {action: "Ring the school"}
    assert gone == 1
    async with reading() as tx:
        assert await keeper.labels(tx, house.room) == []
        assert await keeper.titles(tx, house.room, [action]) == {}
