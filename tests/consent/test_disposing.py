"""The family said no: nothing of them is kept but that help was offered."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import update

from consent.consent import Capacity
from consent.disposing import decline, watch
from consent.giving import record_consent
from consent.naming import family_of
from consent.store import consents, families
from consent.tables import person
from consent.viewing import view_agreement
from policies.act import Act
from policies.decision import Denied
from policies.facts import label_of_room
from server.directory import store as directory
from server.directory.team import TeamState
from server.kernel.database import Database, bound, reading, writing
from server.kernel.errors import Conflict
from server.kernel.ids import RoomId, new_id
from server.keys import room_keys
from tests.consent.acts import ask, entries


async def test_what_was_entered_is_deleted_and_that_help_was_offered_is_kept(waiting):
    imara = waiting.members["imara"]
    no = waiting.form(
        "tamsin", ("tamsin",), {}, capacity=Capacity.ADULT_FOR_SELF, engaged=False, own_words="No."
    )
    await record_consent(imara, waiting.room, no, keepers=[waiting.keeper])

    await decline(imara, waiting.room, keepers=[waiting.keeper])

    async with reading() as tx:
        team = await directory.get_team(tx, waiting.room)
        assert team.state is TeamState.DECLINED
        assert (await family_of(tx, waiting.room)).people == ()
        assert await families.find_people(tx, waiting.people.values()) == {}
        assert await consents.list_versions(tx, waiting.room) == []
        assert await families.count_help_offered(tx, waiting.room) == 1
        assert await room_keys.find_sealer(tx, waiting.room) is None
    assert (await ask(imara, Act.VIEW_ROOM, label_of_room(waiting.room))).allowed
    disposed = [one for one in await entries() if one.kind == "room:disposed"]
    assert [one.details["people"] for one in disposed if one.details] == [5]
    with pytest.raises(Denied):
        await view_agreement(imara, waiting.room)


async def test_the_details_of_its_entries_are_gone_and_the_entries_stand(waiting):
    await decline(waiting.members["imara"], waiting.room, keepers=[waiting.keeper])

    told = [one for one in await entries() if one.kind == "room:declined"]

    assert [(one.details, one.broken) for one in told] == [(None, False)]


def files_with(database, *names):
    """The files of a store, as far as we can reach them, in which one of the names stands."""
    place = Path(database.url.database)
    files = place.parent.glob(f"{place.name}*") if database.is_sqlite else ()
    return {
        (file.name, name) for file in files for name in names if name.encode() in file.read_bytes()
    }


async def names_of_family(room):
    async with reading() as tx:
        family = await family_of(tx, room)
    return [one.name for one in family.people]


async def test_no_file_of_the_store_holds_a_name_that_was_deleted(waiting):
    names = await names_of_family(waiting.room)
    async with writing() as tx:
        # Written lately, so that it stands in the write-ahead log too.
        await tx.execute(update(person).values(name=person.c.name + " Latelywritten"))
    names.append("Latelywritten")
    assert len(files_with(bound(), *names)) >= len(names) or not bound().is_sqlite

    await decline(waiting.members["imara"], waiting.room, keepers=[waiting.keeper])

    assert files_with(bound(), *names) == set()


async def test_what_a_stopped_server_left_behind_is_erased_by_the_next(waiting, monkeypatch):
    names = await names_of_family(waiting.room)
    with monkeypatch.context() as stopped:
        stopped.setattr(Database, "erase_deleted", lambda _database: None)
        await decline(waiting.members["imara"], waiting.room, keepers=[waiting.keeper])
    assert files_with(bound(), *names) or not bound().is_sqlite

    watching = asyncio.create_task(watch(keepers=[waiting.keeper]))
    async with asyncio.timeout(20):
        while files_with(bound(), *names):
            await asyncio.sleep(0.05)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert files_with(bound(), *names) == set()


async def test_an_open_room_is_not_ended_so(samplewick):
    with pytest.raises(Conflict):
        await decline(samplewick.members["imara"], samplewick.room, keepers=[samplewick.keeper])

    assert len(samplewick.keeper.kept) == 15


async def test_only_the_lead_ends_it_and_only_once(waiting):
    for who in ("perrin", "noor", "yusuf"):
        with pytest.raises(Denied):
            await decline(waiting.members[who], waiting.room, keepers=[waiting.keeper])
    with pytest.raises(Denied):
        await decline(waiting.members["imara"], RoomId(new_id()), keepers=[waiting.keeper])

    await decline(waiting.members["imara"], waiting.room, keepers=[waiting.keeper])

    with pytest.raises(Conflict):
        await decline(waiting.members["imara"], waiting.room, keepers=[waiting.keeper])
