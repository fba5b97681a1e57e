"""Threat: somebody who owns the store changes what the log says. Every kind of it is found.

The triggers are taken away first, as their owner can; what is left to find it is the tree, its
signed checkpoints, and a checkpoint held elsewhere.
"""

from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import LargeBinary, delete, insert, select, text, update

from server.audit import log
from server.audit.checkpoint import (
    Checkpoint,
    PublicKey,
    sign,
)
from server.audit.entry import Entry, Leaf
from server.audit.tables import (
    audit_checkpoint,
    audit_entry,
    audit_leaf,
    audit_outbox,
    audit_signer,
)
from server.audit.tree import Edge, leaf_hash
from server.audit.verify import WHOLE, placed_hash
from server.kernel.database import Tx
from tests.attacks.tampering import ENTRIES, bad, held_outside, key, tampered_with, verdict_of

__all__ = ["held_outside", "key", "tampered_with"]


def entry_at(seq: int):
    return (
        audit_entry.c.id
        == select(audit_leaf.c.entry_id).where(audit_leaf.c.seq == seq).scalar_subquery()
    )


async def rebuild(tx: Tx, size: int) -> None:
    """Make leaves and roots fit again, as somebody does who knows how but holds no key."""
    columns = [audit_entry.c[name] for name in Leaf.__slots__]
    joined = audit_leaf.join(audit_entry, audit_entry.c.id == audit_leaf.c.entry_id)
    edge = Edge()
    query = select(*columns).select_from(joined).order_by(audit_leaf.c.seq)
    for seq, row in enumerate(await tx.rows(query)):
        made = leaf_hash(Leaf(*tuple(row)).in_bytes())
        await tx.execute(
            update(audit_leaf)
            .where(audit_leaf.c.seq == seq)
            .values(leaf_hash=made, placed=placed_hash(seq, made))
        )
        edge.append(made)
    assert edge.size == size
    await tx.execute(delete(audit_checkpoint))
    await tx.execute(
        insert(audit_checkpoint),
        {
            "tree_size": size,
            "root": edge.root(),
            "text": sign(
                Checkpoint("room.example/log", size, edge.root()),
                key=PublicKey("room.example/log", b"p" * 32),
                signer=lambda _: b"s" * 64,
            ),
            "at": tx.at,
        },
    )


async def test_an_untouched_log_is_whole(database, tampered_with, held_outside, key):
    verdict = await verdict_of(database, held_outside, key)

    assert (verdict.exit_code, verdict.entries, verdict.signature) == (WHOLE, ENTRIES, "good")


@pytest.mark.parametrize("column", [column.name for column in audit_entry.c if column.name != "id"])
async def test_a_change_of_any_column_of_an_entry_is_found(database, tampered_with, column: str):
    """One byte is enough, in every column there is."""
    kept = audit_entry.c[column]
    async with database.reading() as tx:
        value = await tx.scalar(select(kept).where(entry_at(7)))
    changed = {
        bytes: lambda: value[:-1] + bytes([value[-1] ^ 1]),
        str: lambda: value[:-1] + "x",
        int: lambda: value + 1,
    }[type(value)]()

    await tampered_with(update(audit_entry).where(entry_at(7)).values({kept: changed}))

    assert bad(await verdict_of(database)) == 7


@pytest.mark.parametrize("column", ["actor", "agency", "room", "thing", "purpose"])
async def test_a_value_taken_out_of_an_entry_is_found(database, tampered_with, column: str):
    await tampered_with(update(audit_entry).where(entry_at(3)).values({column: None}))

    assert bad(await verdict_of(database)) == 3


async def test_another_id_under_an_entry_is_found(database, tampered_with):
    await tampered_with(update(audit_entry).where(entry_at(4)).values(id=uuid4().bytes))

    assert bad(await verdict_of(database)) == 4


async def test_an_entry_changed_together_with_its_id_is_found(database, tampered_with):
    new = uuid4().bytes
    await tampered_with(
        update(audit_entry).where(entry_at(4)).values(id=new),
        update(audit_leaf).where(audit_leaf.c.seq == 4).values(entry_id=new),
    )

    assert bad(await verdict_of(database)) == 4


async def test_a_removed_entry_is_found(database, tampered_with):
    await tampered_with(delete(audit_entry).where(entry_at(6)))

    assert bad(await verdict_of(database)) == 6


async def test_a_removed_leaf_is_found(database, tampered_with):
    await tampered_with(delete(audit_leaf).where(audit_leaf.c.seq == 6))

    assert bad(await verdict_of(database)) == 6


async def test_an_entry_removed_with_its_leaf_and_the_rest_moved_up_is_found(
    database, tampered_with
):
    await tampered_with(
        delete(audit_entry).where(entry_at(6)),
        delete(audit_leaf).where(audit_leaf.c.seq == 6),
        *(
            update(audit_leaf).where(audit_leaf.c.seq == seq).values(seq=seq - 1)
            for seq in range(7, ENTRIES)
        ),
    )

    assert bad(await verdict_of(database)) == 6


async def test_two_entries_that_changed_places_are_found(database, tampered_with):
    await tampered_with(
        *(
            update(audit_leaf).where(audit_leaf.c.seq == old).values(seq=new)
            for old, new in ((2, 99), (8, 2), (99, 8))
        )
    )

    assert bad(await verdict_of(database)) == 2


async def test_leaves_that_changed_places_with_all_hashes_made_to_fit_are_narrowed_down(
    database, tampered_with
):
    async with database.reading() as tx:
        leaves = await tx.rows(select(audit_leaf).where(audit_leaf.c.seq.in_([6, 7])))
    first, second = leaves
    await tampered_with(
        delete(audit_leaf).where(audit_leaf.c.seq.in_([6, 7])),
        *(
            insert(audit_leaf).values(
                seq=seq,
                entry_id=row.entry_id,
                leaf_hash=row.leaf_hash,
                placed=placed_hash(seq, row.leaf_hash),
            )
            for seq, row in ((7, first), (6, second))
        ),
    )

    fault = (await verdict_of(database)).fault
    assert fault is not None
    assert (fault.first, fault.last) == (5, 8)  # between the checkpoints of 5 and 9 entries


async def test_an_entry_slipped_in_without_waiting_is_found(database, tampered_with):
    async with database.reading() as tx:
        row = dict((await tx.execute(select(audit_entry).where(entry_at(0)))).mappings().one())
    await tampered_with(insert(audit_entry).values({**row, "id": uuid4().bytes}))

    assert bad(await verdict_of(database)) == ENTRIES


async def test_an_entry_taken_from_the_outbox_is_found(database, tampered_with):
    async with database.writing() as tx:
        await log.record(tx, Entry("room:viewed", "allowed"))
        # The trigger that fills the outbox is gone, as its row would be.

    assert bad(await verdict_of(database)) == ENTRIES


async def test_a_leaf_added_at_the_end_is_found(database, tampered_with):
    new = uuid4().bytes
    async with database.reading() as tx:
        row = dict((await tx.execute(select(audit_entry).where(entry_at(0)))).mappings().one())
    made = leaf_hash(Leaf(**{**row, "id": new}).in_bytes())
    await tampered_with(
        insert(audit_entry).values({**row, "id": new}),
        insert(audit_leaf).values(
            seq=ENTRIES, entry_id=new, leaf_hash=made, placed=placed_hash(ENTRIES, made)
        ),
    )

    assert bad(await verdict_of(database)) == ENTRIES


async def test_an_entry_that_waits_is_counted_and_no_fault(database, tampered_with):
    async with database.writing() as tx:
        (waiting,) = await log.record(tx, Entry("room:viewed", "allowed"))
        await tx.execute(insert(audit_outbox), {"entry_id": waiting.bytes, "put_at_s": 0})

    verdict = await verdict_of(database)
    assert (verdict.exit_code, verdict.waiting) == (WHOLE, 1)
    assert "1 waiting to be put in order" in verdict.lines()


async def test_a_cut_tail_is_found(database, tampered_with):
    await tampered_with(
        delete(audit_entry).where(
            audit_entry.c.id.in_(select(audit_leaf.c.entry_id).where(audit_leaf.c.seq >= 10))
        ),
        delete(audit_leaf).where(audit_leaf.c.seq >= 10),
    )

    assert bad(await verdict_of(database)) == 10


async def test_a_tail_cut_with_its_checkpoints_is_found_against_one_held_outside(
    database, tampered_with, held_outside, key
):
    await tampered_with(
        delete(audit_entry).where(
            audit_entry.c.id.in_(select(audit_leaf.c.entry_id).where(audit_leaf.c.seq >= 9))
        ),
        delete(audit_leaf).where(audit_leaf.c.seq >= 9),
        delete(audit_checkpoint).where(audit_checkpoint.c.tree_size > 9),
    )

    assert bad(await verdict_of(database)) is None  # a shorter log is a valid log by itself
    assert bad(await verdict_of(database, held_outside, key)) == 9


async def test_a_log_emptied_altogether_is_found_against_a_checkpoint_held_outside(
    database, tampered_with, held_outside, key
):
    await tampered_with(delete(audit_entry), delete(audit_leaf), delete(audit_checkpoint))

    assert bad(await verdict_of(database)) is None
    assert bad(await verdict_of(database, held_outside, key)) == 0


async def test_checkpoints_taken_away_are_missed(database, tampered_with):
    await tampered_with(delete(audit_checkpoint))

    assert bad(await verdict_of(database)) == 0


async def test_a_tree_made_anew_without_the_signing_key_is_found(
    database, tampered_with, held_outside, key
):
    await tampered_with(update(audit_entry).where(entry_at(2)).values(outcome="refused"))
    async with database.writing() as tx:
        await rebuild(tx, ENTRIES)

    assert (await verdict_of(database)).signature == "bad"
    assert bad(await verdict_of(database, key=key)) == 0
    assert bad(await verdict_of(database, held_outside)) == 0


async def test_a_tree_made_anew_with_a_new_signing_key_is_found_by_the_key_held_outside(
    database, tampered_with, held_outside, key
):
    forged = Ed25519PrivateKey.generate()
    public = PublicKey("room.example/log", forged.public_key().public_bytes_raw())
    await tampered_with(update(audit_entry).where(entry_at(2)).values(outcome="refused"))
    async with database.writing() as tx:
        await rebuild(tx, ENTRIES)
        root = await tx.scalar(select(audit_checkpoint.c.root))
        note = sign(Checkpoint(public.name, ENTRIES, root), key=public, signer=forged.sign)
        await tx.execute(update(audit_checkpoint).values(text=note))
        await tx.execute(update(audit_signer).values(public=public.public))

    assert bad(await verdict_of(database)) is None  # what stands in the store all fits
    assert bad(await verdict_of(database, key=key)) == 0
    assert bad(await verdict_of(database, held_outside)) == 0


@pytest.mark.parametrize("column", ["leaf_hash", "placed", "entry_id"])
async def test_a_changed_leaf_row_is_found(database, tampered_with, column: str):
    kept = audit_leaf.c[column]
    assert isinstance(kept.type, LargeBinary)
    length = kept.type.length or 0
    await tampered_with(
        update(audit_leaf).where(audit_leaf.c.seq == 5).values({kept: b"\7" * length})
    )

    assert bad(await verdict_of(database)) == 5


@pytest.mark.parametrize(
    "values",
    [
        {"text": "nothing\n"},
        {"root": b"\7" * 32},
        {"tree_size": 8},
    ],
)
async def test_a_changed_checkpoint_row_is_found(database, tampered_with, values):
    await tampered_with(
        update(audit_checkpoint).where(audit_checkpoint.c.tree_size == 9).values(values)
    )

    assert bad(await verdict_of(database)) == 0


async def test_a_changed_signature_is_found(database, tampered_with):
    async with database.reading() as tx:
        note = await tx.scalar(
            select(audit_checkpoint.c.text).where(audit_checkpoint.c.tree_size == 12)
        )
    changed = note[:-10] + ("A" if note[-10] != "A" else "B") + note[-9:]
    await tampered_with(
        update(audit_checkpoint).where(audit_checkpoint.c.tree_size == 12).values(text=changed)
    )

    verdict = await verdict_of(database)
    assert (bad(verdict), verdict.signature) == (0, "bad")


async def test_a_row_of_a_kind_that_cannot_be_read_is_found(database, tampered_with):
    if not database.is_sqlite:
        return  # PostgreSQL keeps no text where bytes belong
    await tampered_with(text("UPDATE audit_entry SET actor = 'text' WHERE id = (SELECT entry_id "
                             "FROM audit_leaf WHERE seq = 1)"))  # fmt: skip

    assert bad(await verdict_of(database)) == 1
