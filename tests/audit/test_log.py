from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from server.audit import log, pseudonyms, search
from server.audit.entry import LEAF_BYTES_AT_MOST, Entry, Leaf, commitment_to
from server.audit.log import REFUSALS_APART
from server.audit.search import Filter
from server.audit.tables import (
    audit_checkpoint,
    audit_detail,
    audit_entry,
    audit_leaf,
    audit_outbox,
    audit_pseudonym,
    audit_repeated,
)
from server.kernel import clock, notices
from server.kernel.canonical_json import canonical
from server.kernel.errors import TooMuch
from server.kernel.ids import RoomId
from server.keys import room_keys


async def count_of(database, table) -> int:
    async with database.reading() as tx:
        return len(await tx.rows(select(table)))


async def test_an_entry_stands_with_the_act_or_not_at_all(database, viewed):
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as tx:
            await log.record(tx, viewed)
            raise ZeroDivisionError

    assert await count_of(database, audit_entry) == 0
    assert await count_of(database, audit_outbox) == 0
    assert await count_of(database, audit_pseudonym) == 0


async def test_a_refusal_outlives_the_act_that_was_rolled_back(database, viewed):
    refusal = replace(viewed, kind="room:view-refused", outcome="refused")

    async def record_refusal(tx) -> None:
        await log.record(tx, refusal)

    with pytest.raises(ZeroDivisionError):
        async with database.writing() as tx:
            await log.record(tx, viewed)
            tx.after_rollback(record_refusal)
            raise ZeroDivisionError

    async with database.reading() as tx:
        found = await search.find_entries(tx, Filter())
    assert [entry.kind for entry in found.entries] == ["room:view-refused"]


async def test_every_entry_waits_to_be_put_in_order(database, record, viewed):
    ids = await record(viewed, viewed)

    async with database.reading() as tx:
        rows = await tx.rows(select(audit_outbox).order_by(audit_outbox.c.id))
    assert [row.entry_id for row in rows] == [each.bytes for each in ids]


async def test_recording_nothing_records_nothing(database, record):
    assert await record() == []
    assert await count_of(database, audit_entry) == 0


async def test_the_rows_of_the_log_name_nobody(database, record, viewed):
    await record(viewed)

    async with database.reading() as tx:
        entry = (await tx.execute(select(audit_entry))).mappings().one()
        details = (await tx.execute(select(audit_detail))).mappings().one()
    told = repr(dict(entry)) + repr(details["sealed"])
    for real in (viewed.who.hex, str(viewed.who), repr(viewed.who.bytes), "maple_wood", "Article"):
        assert real not in told


async def test_the_same_member_has_the_same_pseudonym_even_after_a_restart(
    database, record, viewed
):
    await record(viewed, viewed)
    pseudonyms._known.clear()
    await record(viewed)

    async with database.reading() as tx:
        rows = await tx.rows(select(audit_entry.c.actor, audit_entry.c.agency))
    assert len(rows) == 3
    assert len(set(rows)) == 1


async def test_a_pseudonym_rolled_back_was_never_given(database, record, viewed):
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as tx:
            await log.record(tx, viewed)
            raise ZeroDivisionError

    await record(viewed)

    async with database.reading() as tx:
        found = await search.find_entries(tx, Filter(member=viewed.who))
    assert [entry.who for entry in found.entries] == [viewed.who]


async def test_few_pseudonyms_are_kept_in_memory(database, record, viewed, monkeypatch):
    monkeypatch.setattr(pseudonyms, "_KNOWN_AT_MOST", 2)

    await record(viewed, replace(viewed, room=None))

    assert len(pseudonyms._known[database.writer.sync_engine]) == 2


async def test_an_entry_that_names_nobody_is_recorded(database, record):
    await record(Entry("session:sign-in-refused", "refused", details={"why": "no agency"}))

    async with database.reading() as tx:
        entry = (await search.find_entries(tx, Filter())).entries[0]
    assert (entry.who, entry.agency, entry.room, entry.thing) == (None, None, None, None)
    assert entry.details == {"why": "no agency"}


async def test_a_refusal_at_a_room_without_a_key_is_recorded_under_the_key_of_the_house(
    database, record, viewed
):
    nowhere = RoomId(uuid4())

    await record(replace(viewed, kind="room:view-refused", outcome="refused", room=nowhere))

    async with database.reading() as tx:
        entry = (await search.find_entries(tx, Filter(room=nowhere))).entries[0]
        row = await tx.first(select(audit_detail))
    assert entry.details == viewed.details
    assert row.sealed_in_room is None


async def test_details_go_when_the_key_of_the_room_goes(database, record, viewed, room):
    await record(viewed)
    async with database.writing() as tx:
        await room_keys.destroy(tx, room)
        await log.record(tx, replace(viewed, kind="room:declined"))

    async with database.reading() as tx:
        declined, entry = (await search.find_entries(tx, Filter())).entries
    assert entry.kind == "room:viewed"
    assert entry.details is None
    assert not entry.broken
    assert declined.details == viewed.details


async def test_details_that_are_far_too_long_are_refused(record, viewed):
    with pytest.raises(TooMuch):
        await record(replace(viewed, details={"why": "x" * 70_000}))


async def test_those_who_put_entries_in_order_hear_once_of_each_transaction(database, viewed):
    heard: list[log.Recorded] = []
    notices.hear(log.Recorded, heard.append)

    async with database.writing() as tx:
        await log.record(tx, viewed)
        await log.record(tx, viewed)
        assert heard == []

    assert heard == [log.Recorded()]


def test_a_leaf_has_the_one_canonical_form():
    leaf = Leaf(b"i" * 16, 1_781_000_000_123, "room:viewed", "allowed", b"a" * 16, None,
                b"r" * 16, None, "plan", 1, b"c" * 32)  # fmt: skip

    assert leaf.in_bytes() == canonical(
        {
            "v": 1,
            "id": (b"i" * 16).hex(),
            "time": 1_781_000_000_123,
            "kind": "room:viewed",
            "outcome": "allowed",
            "actor": (b"a" * 16).hex(),
            "agency": None,
            "room": (b"r" * 16).hex(),
            "object": None,
            "purpose": "plan",
            "count": 1,
            "commitment": (b"c" * 32).hex(),
        }
    )


def test_the_longest_leaf_is_far_below_the_limit():
    word = "w" * 80
    some = b"x" * 16
    leaf = Leaf(some, 2**62, word, "allowed", some, some, some, some, word, 2**31, b"c" * 32)

    assert len(leaf.in_bytes()) < LEAF_BYTES_AT_MOST / 4


@pytest.mark.parametrize("kind", ["", "room", "Room:viewed", "room:viewed\n", "room:Jordan's room"])
def test_a_kind_is_a_code_and_never_a_sentence(kind: str):
    with pytest.raises(ValueError, match="not a code"):
        Entry(kind, "noted")


@pytest.mark.parametrize("purpose", ["", "for the plan", "plan" * 40])
def test_a_purpose_is_a_code_and_never_a_sentence(purpose: str):
    with pytest.raises(ValueError, match="not a code"):
        Entry("room:viewed", "noted", purpose=purpose)


def test_a_commitment_tells_nothing_without_its_key():
    assert commitment_to(b"k" * 32, b"details") != commitment_to(b"l" * 32, b"details")
    assert len(commitment_to(b"k" * 32, b"details")) == 32


@pytest.fixture
def refused(viewed: Entry) -> Entry:
    return replace(viewed, kind="room:view-refused", outcome="refused")


NOON = datetime(2026, 6, 17, 12, 0, 0, tzinfo=UTC)


async def test_a_refusal_repeated_within_a_minute_is_counted_and_none_is_lost(
    database, record, refused
):
    with clock.moved_to(NOON):
        for _ in range(REFUSALS_APART + 25):
            await record(refused)
        assert await count_of(database, audit_entry) == REFUSALS_APART
        async with database.writing() as tx:
            assert await log.close_counts(tx) == 0

    with clock.moved_to(NOON + timedelta(minutes=1)):
        async with database.writing() as tx:
            assert await log.close_counts(tx) == 1

    async with database.reading() as tx:
        found = await search.find_entries(tx, Filter(member=refused.who))
    assert sum(entry.count for entry in found.entries) == REFUSALS_APART + 25
    assert max(entry.count for entry in found.entries) == 25
    assert all(entry.details == refused.details for entry in found.entries)
    assert await count_of(database, audit_repeated) == 0
    assert await count_of(database, audit_outbox) == REFUSALS_APART + 1


async def test_the_id_of_a_counted_refusal_is_that_of_the_entry_it_becomes(
    database, record, refused
):
    with clock.moved_to(NOON):
        for _ in range(REFUSALS_APART):
            await record(refused)
        counted = [(await record(refused))[0] for _ in range(3)]
    with clock.moved_to(NOON + timedelta(minutes=1)):
        async with database.writing() as tx:
            await log.close_counts(tx)

    assert len(set(counted)) == 1
    async with database.reading() as tx:
        found = await search.find_entries(tx, Filter())
    assert [entry.id for entry in found.entries if entry.count == 3] == [counted[0]]


async def test_refusals_of_other_things_other_members_and_other_minutes_stand_apart(
    database, record, refused
):
    for minute in range(2):
        with clock.moved_to(NOON + timedelta(minutes=minute)):
            for _ in range(REFUSALS_APART):
                await record(refused)
                await record(replace(refused, thing=uuid4()))
                await record(replace(refused, who=uuid4()))

    assert await count_of(database, audit_entry) == 6 * REFUSALS_APART
    assert await count_of(database, audit_repeated) == 0


async def test_refusals_of_nobody_in_particular_are_never_counted_together(database, record):
    for number in range(REFUSALS_APART + 3):
        await record(Entry("session:sign-in-refused", "refused", details={"claim": str(number)}))

    assert await count_of(database, audit_entry) == REFUSALS_APART + 3


async def test_few_refusals_are_remembered_in_memory(database, record, refused, monkeypatch):
    monkeypatch.setattr(log, "_REFUSALS_REMEMBERED", 2)

    for _ in range(5):
        await record(replace(refused, thing=uuid4()))

    assert len(log._refusals[database.writer.sync_engine]) == 2


@pytest.mark.parametrize("table", [audit_entry, audit_leaf, audit_checkpoint])
async def test_the_database_itself_refuses_to_change_or_remove_what_is_recorded(
    database, record, viewed, sequencer, table
):
    await record(viewed)
    await sequencer.sequence_once()
    column = next(column for column in table.c if not column.primary_key)

    for statement in (update(table).values({column: column}), delete(table)):
        with pytest.raises(DBAPIError, match="only added to"):
            async with database.writing() as tx:
                await tx.execute(statement)
    async with database.reading() as tx:
        row = dict((await tx.execute(select(table))).mappings().one())
    if database.is_sqlite:
        with pytest.raises(DBAPIError, match="only added to"):
            async with database.writing() as tx:
                await tx.execute(insert(table).prefix_with("OR REPLACE"), row)
    else:
        with pytest.raises(DBAPIError, match="only added to"):
            async with database.writing() as tx:
                await tx.execute(text(f"TRUNCATE {table.name}"))
    assert await count_of(database, table) == 1


async def test_an_entry_costs_two_statements_and_so_do_a_hundred(database, viewed):
    """Each statement is a way to the driver and back, which is nearly all that an entry costs."""
    sent: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest: object) -> None:
        sent.append(statement)

    async with database.writing() as tx:
        await log.record(tx, viewed)  # pseudonyms and keys are looked up once
    async with database.writing() as tx:
        await room_keys.sealer(tx, viewed.room)
        event.listen(database.writer.sync_engine, "before_cursor_execute", note)
        await log.record(tx, viewed)
        assert len(sent) == 2
        await log.record(tx, *[viewed] * 100)
        assert len(sent) == 4
        event.remove(database.writer.sync_engine, "before_cursor_execute", note)
