"""A KMS, a room with its key, entries to record and a sequencer to put them in order."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from server.audit import log
from server.audit.entry import Entry
from server.audit.sequencing import Sequencer
from server.kernel.database import Database
from server.kernel.ids import AgencyCode, EntryId, MemberId, RoomId
from server.keys import kms, room_keys
from server.keys.kms import LocalKms


@pytest.fixture(autouse=True)
def house_kms(tmp_path: Path) -> LocalKms:
    """A fresh KMS, bound as that of the process."""
    made = LocalKms(tmp_path / "keys")
    kms.bind(made)
    return made


@pytest.fixture
async def room(database: Database) -> RoomId:
    """A room with its key."""
    made = RoomId(uuid4())
    async with database.writing() as tx:
        await room_keys.make(tx, made)
    return made


@pytest.fixture
def viewed(room: RoomId) -> Entry:
    """Somebody of Maple Wood School viewed the room."""
    return Entry(
        "room:viewed",
        "allowed",
        who=MemberId(uuid4()),
        agency=AgencyCode("maple_wood"),
        room=room,
        thing=room,
        purpose="plan",
        details={"why": "S1", "lawful_basis": "UK GDPR Article 6(1)(e)"},
    )


@pytest.fixture
def record(database: Database) -> Callable[..., Awaitable[list[EntryId]]]:
    """Record entries in a transaction of their own."""

    async def record_now(*entries: Entry) -> list[EntryId]:
        async with database.writing() as tx:
            return await log.record(tx, *entries)

    return record_now


@pytest.fixture
def sequencer(tmp_path: Path, database: Database) -> Sequencer:
    """A sequencer that publishes in the folder `log`."""
    del database
    return Sequencer(tmp_path / "log", "room.example/log")
