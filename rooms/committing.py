"""Parse, apply, commit, tell, acknowledge: the one way a change becomes words of the plan.

One committer a process, with adaptive group commit: the next batch begins when the last one has
returned, and takes all that waits. A change is stored only where its section still stands at the
access epoch at which its writer was asked about; else nothing is stored, the gate is asked again,
and the change is sent again or refused. What the CRDT cannot take is never stored.

Rule: ADR-0009. Threats T-03 (writing after a withdrawal), T-04 (acknowledged, then lost).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from policies.act import Act
from policies.decision import Denied
from rooms import change_store, stretch_store
from rooms.batch import Part
from rooms.editing import NOT_KEPT, NOT_READABLE, NOT_YOURS, whose
from rooms.live import Edit, Hub, LiveSection, StretchKind, now
from rooms.loading import catch_up, leave_all_behind
from rooms.mending import mend
from rooms.recording import new_stretch
from rooms.telling import (
    acknowledge,
    all_is_told,
    answer,
    refuse_change,
    tell_changes,
    tell_storage,
)
from rooms.words import Poison
from server.kernel.database import Tx, reading, writing

log = logging.getLogger(__name__)

EDITS_A_BATCH = 256
DENIALS, FAULTS = 2, 5
"""How often a change is judged anew before it is refused for good."""

FAILING_AFTER_S, WATCH_EACH_S = 5.0, 0.2
RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0)
SNAPSHOT_ROWS, SNAPSHOT_BYTES = 200, 64 * 1024


class _StaleEpoch(Exception):
    """A section's access epoch is another one: nothing of this batch was stored."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.part = part


async def run_forever(hub: Hub) -> None:
    """Store what waits, batch after batch, until the hub stops and all is stored."""
    while not hub.is_stopping:
        await hub.wake.wait()
        hub.wake.clear()
        await commit_waiting(hub)


async def commit_waiting(hub: Hub) -> None:
    """Store all that waits and may be stored now. Returns when nothing is left that could be."""
    while True:
        for live in [live for live in hub.sections.values() if live.is_broken]:
            await mend(hub, live)
        parts = [
            part
            for live in sorted(hub.sections.values(), key=_by_id)
            if (part := _prepare(hub, live))
        ]
        if not parts:
            return
        for part in parts:
            part.live.is_busy = True
        try:
            await _store_until_known(hub, list(parts))
        except Exception:
            log.exception("a batch could not be finished")
            for part in parts:
                _judge_anew(hub, part)
            await asyncio.sleep(RETRY_S[0])
        finally:
            for part in parts:
                part.live.is_busy = False
        for part in parts:
            answer(hub, part.live)
        hub.read_on()


def _by_id(live: LiveSection) -> bytes:
    return live.id.bytes


# ---------------------------------------------------------------- parse, apply


def _prepare(hub: Hub, live: LiveSection) -> Part | None:
    """Take the changes of a section that can go in one batch, and apply them in memory."""
    # Busy: what another process stored is being read; a batch beside that could be given out
    # before it is durable.
    if live.is_held or live.is_broken or live.is_busy or not live.pending:
        return None
    taken, left, is_stale = _choose(live)
    _put_back(live, left, before=())
    if is_stale:
        hub.ask_again(live.room)  # some were asked about at an older epoch, or their time is up
    if not taken:
        return None
    part = Part(live, taken[0].opened.epoch, [], [], {}, live.seq)
    for edit in taken:
        _admit(hub, part, edit)
    if not _apply(hub, part):
        return None
    if not part.news:
        acknowledge(part.edits)  # everything before is durable: no batch of it is on its way
        if live.pending:
            hub.wake.set()  # others were left for the next batch, and this one will not come
        return None
    return part


def _choose(live: LiveSection) -> tuple[list[Edit], list[Edit], bool]:
    """Return the changes to take now, all at one access epoch, and those to leave.

    The third: whether some are left because the gate has to be asked about them again.
    """
    allowed = [
        edit for edit in live.pending if edit.opened.capability.allows(Act.EDIT_SECTION, live.id)
    ]
    epoch = max((edit.opened.epoch for edit in allowed), default=0)
    now_allowed = [edit for edit in allowed if edit.opened.epoch == epoch]
    most = EDITS_A_BATCH
    if live.one_by_one:
        live.one_by_one, most = live.one_by_one - 1, 1
    taken = now_allowed[:most]
    if len(taken) == len(live.pending):
        return taken, [], False
    chosen = set(map(id, taken))
    known = set(map(id, allowed))
    left = [
        edit
        for edit in live.pending
        # A page that has left cannot be asked about again; what it sent was never called saved.
        if id(edit) not in chosen and (id(edit) in known or not edit.opened.is_gone)
    ]
    return taken, left, len(now_allowed) < len(left) + len(taken)


def _put_back(live: LiveSection, pending: Sequence[Edit], *, before: Sequence[Edit]) -> None:
    live.pending = [*before, *pending]
    live.pending_bytes = sum(len(edit.update) for edit in live.pending)


def _admit(hub: Hub, part: Part, edit: Edit) -> None:
    """Take one change into the batch, or refuse it; what brings nothing new is not stored."""
    live, author = part.live, edit.author
    if edit.opened.denials >= DENIALS or live.faults >= FAULTS:
        refuse_change(hub, edit.opened, NOT_KEPT)
        return
    new = edit.holds.clients_past(live.words.state)
    if any(
        whose(live, client) not in (None, author) or part.clients.get(client, author) != author
        for client in new
    ):
        refuse_change(hub, edit.opened, NOT_YOURS)
        return
    part.edits.append(edit)
    if live.words.is_news(edit.update, edit.holds) and edit.update not in part.brought:
        part.brought.add(edit.update)
        part.news.append(edit)
        part.clients |= {client: author for client in new if client not in live.clients}


def _apply(hub: Hub, part: Part) -> bool:
    """Apply the batch in memory; False: the words are broken and must be built again.

    Which change the CRDT could not take is found by taking them one by one after that.
    """
    live, news = part.live, part.news
    if not news:
        return True
    try:
        live.words.apply([(edit.update, edit.holds) for edit in news])
    except Poison:
        log.warning("a change was refused by the CRDT")
        live.is_broken = True
        live.one_by_one = len(part.edits)
        if len(news) == 1:
            part.edits.remove(news[0])
            refuse_change(hub, news[0].opened, NOT_READABLE)
        _put_back(live, live.pending, before=part.edits)
        hub.wake.set()
        return False
    return True


# ---------------------------------------------------------------- commit


async def _store_until_known(hub: Hub, parts: list[Part]) -> None:
    """Store a batch, however long the store takes to say what became of it."""
    hub.storing_since, tries = now(), 0
    try:
        while parts:
            # Where one section's epoch had moved, the other sections of the batch are tried again.
            is_known = await _try_to_store(hub, parts)
            while not is_known:
                await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
                is_known = await _take_out_what_was_stored(hub, parts)
    finally:
        hub.storing_since = None


async def _try_to_store(hub: Hub, parts: list[Part]) -> bool:
    """Try once to store what is left of a batch; False: what became of it is not known."""
    try:
        await _store(hub, parts)
    except _StaleEpoch as stale:
        parts.remove(stale.part)
        _hold(hub, stale.part)
    except (Denied, IntegrityError):
        # The gate says no at the first change of a stretch, or another process bound the same
        # client id first: nothing was stored, and every part is judged anew.
        log.warning("a batch is judged anew")
        for part in parts:
            part.live.faults += 1
            _hold(hub, part)
        parts.clear()
    except Exception:
        log.exception("a batch could not be stored")
        return False
    else:
        while parts:
            await _finish(hub, parts.pop(0))
    return True


def watch_store(hub: Hub) -> None:
    """Tell pages when the store has not answered for a while, and when it is well again.

    A store that hangs says nothing, so this looks at the time: of the batch on its way, and of
    the last reading of the epochs.
    """
    since = min(hub.storing_since or now(), hub.lease_until)
    tell_storage(hub, is_failing=now() - since >= FAILING_AFTER_S)
    hub.read_on()


def _judge_anew(hub: Hub, part: Part) -> None:
    """Build the words again after a fault of our own, and answer what was not answered yet.

    What is in the rows brings nothing new then and is called saved; the rest is stored.
    """
    live = part.live
    live.is_broken = True
    live.faults += 1
    leave_all_behind(live)
    waits = set(map(id, live.pending))
    unanswered = [one for one in part.edits if not one.is_answered and id(one) not in waits]
    _put_back(live, live.pending, before=unanswered)
    hub.wake.set()


def _hold(hub: Hub, part: Part) -> None:
    """Hold a section: nothing of its batch was stored, so its words are ahead of the rows."""
    live = part.live
    live.is_held = live.is_broken = True
    # A page that has left cannot be asked about again: what it sent was never called saved.
    edits = [edit for edit in part.edits if not edit.opened.is_gone]
    _put_back(live, live.pending, before=edits)
    hub.ask_again(live.room)


async def _store(hub: Hub, parts: list[Part]) -> None:
    async with writing() as tx:
        for part in sorted(parts, key=lambda part: part.live.room.bytes):
            await _begin_stretches(tx, hub, part)
        wanted = [part.appending() for part in parts]  # in the order of their ids
        found = await change_store.append_all(tx, wanted)
        for part, last in zip(parts, found, strict=False):
            if last is None:
                raise _StaleEpoch(part)
            part.last_seq = last
            await change_store.bind_clients(tx, part.live.id, part.clients)


async def _begin_stretches(tx: Tx, hub: Hub, part: Part) -> None:
    """Record that members begin to write, decided by the gate in this same transaction.

    The gate takes the team's row before any section's row is locked, as a withdrawal does.
    """
    part.begun = []
    for edit in part.news:
        if edit.author in part.live.writing or any(one.who.id == edit.author for one in part.begun):
            continue
        await hub.door.require(tx, edit.opened.connection.member, Act.BEGIN_EDIT, part.live.label)
        stretch = new_stretch(StretchKind.WRITING, edit.opened, tx)
        await stretch_store.add_stretch(tx, stretch, hub.id)
        part.begun.append(stretch)


async def _take_out_what_was_stored(hub: Hub, parts: list[Part]) -> bool:
    """Look in the rows which of the batch were stored after all: only the rest is sent again.

    Returns:
        Whether the rows could be read. If not, nothing may be sent again: it may stand there.
    """
    stored: list[Part] = []
    try:
        async with reading() as tx:
            for part in parts:
                rows = await change_store.changes_after(tx, part.live.id, part.base_seq)
                found = Counter((row.member, row.update) for row in rows)
                if all(found[edit.author, edit.update] for edit in part.news):
                    own = {(edit.author, edit.update) for edit in part.news}
                    part.last_seq = max(row.seq for row in rows if (row.member, row.update) in own)
                    stored.append(part)
    except Exception:
        log.exception("the store does not say what it stored")
        return False
    for part in stored:
        parts.remove(part)
        await _finish(hub, part)
    return True


# ---------------------------------------------------------------- tell, acknowledge


async def _tell_in_order(live: LiveSection) -> None:
    try:
        await catch_up(live)
    except Exception:
        # What is durable is still called saved; the words are built again and told then.
        log.exception("changes of another process could not be read")
        live.is_broken = True


async def _finish(hub: Hub, part: Part) -> None:
    """Tell what is durable now, then say 'saved' to those who sent it."""
    live = part.live
    live.clients |= part.clients
    for client in part.clients:
        live.unbound.pop(client, None)
    live.faults = 0
    first_seq = part.last_seq - len(part.news) + 1
    if first_seq == part.base_seq + 1:
        live.seq = part.last_seq
        live.tail_rows += len(part.news)
        live.tail_bytes += sum(len(edit.update) for edit in part.news)
        tell_changes(live, [edit.update for edit in part.news], epoch=part.epoch)
        all_is_told(live)
    else:
        await _tell_in_order(live)  # another process stored changes in between
    for stretch in part.begun:
        live.writing[stretch.who.id] = stretch
    for seq, edit in enumerate(part.news, first_seq):
        if edit.author in live.writing:
            live.writing[edit.author].add(edit.update, seq, now())
    acknowledge(part.edits)
    hub.wrote |= {edit.opened.connection.sign_in for edit in part.news}
    hub.note_stored(live)
    for edit in part.news:
        if any(edit.update == held for held, _holds in live.words.waiting):
            live.asked.append((edit.opened, None))  # its beginning is missing: ask for it again
    if live.tail_rows > SNAPSHOT_ROWS or live.tail_bytes > SNAPSHOT_BYTES:
        hub.to_snapshot.add(live.id)
