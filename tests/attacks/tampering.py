"""A log whose store is in other hands: its rows can be changed, what is held outside cannot."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from server.audit import checking, log
from server.audit.checkpoint import (
    PublicKey,
    SignedCheckpoint,
    read_checkpoint,
    read_public_key,
)
from server.audit.entry import Entry
from server.audit.sequencing import Sequencer
from server.audit.tables import (
    audit_checkpoint,
    audit_entry,
    audit_leaf,
)
from server.audit.verify import BAD, WHOLE, Verdict
from server.kernel.database import Database
from server.kernel.ids import AgencyCode, MemberId, RoomId
from server.keys import kms
from server.keys.kms import LocalKms

ENTRIES = 12


CHECKPOINTS = (5, 9, 12)


@pytest.fixture
async def tampered_with(database: Database, tmp_path: Path) -> Callable[..., Awaitable[None]]:
    """A log of twelve entries and three checkpoints, and a hand on its rows without triggers."""
    kms.bind(LocalKms(tmp_path / "keys"))
    sequencer = Sequencer(tmp_path / "log", "room.example/log")
    viewed = Entry(
        "room:viewed",
        "allowed",
        who=MemberId(uuid4()),
        agency=AgencyCode("maple_wood"),
        room=RoomId(uuid4()),
        thing=uuid4(),
        purpose="plan",
    )
    before = 0
    for size in CHECKPOINTS:
        async with database.writing() as tx:
            await log.record(tx, *[replace(viewed, thing=uuid4()) for _ in range(size - before)])
        await sequencer.sequence_once()
        before = size
    async with database.writing() as tx:
        if database.is_sqlite:
            for row in await tx.rows(text("SELECT name FROM sqlite_master WHERE type='trigger'")):
                await tx.execute(text(f"DROP TRIGGER {row.name}"))
        else:
            for table in (audit_entry, audit_leaf, audit_checkpoint):
                await tx.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL"))

    async def tamper(*statements) -> None:
        async with database.writing() as tx:
            for statement in statements:
                await tx.execute(statement)

    return tamper


@pytest.fixture
def held_outside(tampered_with, tmp_path: Path) -> SignedCheckpoint:
    """The checkpoint as a partner took it away before."""
    return read_checkpoint((tmp_path / "log" / "checkpoint").read_text())


@pytest.fixture
def key(tampered_with, tmp_path: Path) -> PublicKey:
    """The public key as a partner took it away before."""
    return read_public_key((tmp_path / "log" / "public_key").read_text())


async def verdict_of(database: Database, outside=None, key=None) -> Verdict:
    async with database.reading() as tx:
        return await checking.check_log(tx, outside=outside, key=key)


def bad(verdict: Verdict) -> int | None:
    """Return the first bad entry, None where the log is whole."""
    assert verdict.exit_code == (WHOLE if verdict.fault is None else BAD)
    return None if verdict.fault is None else verdict.fault.first
