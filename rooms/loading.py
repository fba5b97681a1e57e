"""A section's words are built from its rows, and brought up to date with what others stored.

Built at the first opening, and again after a change was refused that had been applied.
"""

import logging

from rooms import change_store
from rooms.change_store import Words
from rooms.live import LiveSection
from rooms.section import Section
from rooms.telling import all_is_told, tell_changes
from rooms.update import read_update
from rooms.words import LiveWords
from server.kernel.database import Tx, reading
from server.kernel.errors import NotFound

log = logging.getLogger(__name__)


class Outdated(Exception):
    """Words were taken back since: what is in memory is to be let go, and never told again."""


async def load(tx: Tx, section: Section) -> LiveSection:
    """Build a section in memory from its rows.

    Raises:
        NotFound: it was deleted meanwhile.
        Poison, BadUpdate: the rows cannot be read. The section is not opened: an empty document
            would be written over the real one.
    """
    words = await _words(tx, section)
    live = LiveSection(
        section.id,
        section.room,
        label=section.label,
        words=LiveWords(words.changed(), snapshot=words.snapshot),
        seq=words.seq,
    )
    _note_tail(live, words)
    live.generation = words.generation
    live.clients = await change_store.clients_of(tx, section.id)
    live.retired = await change_store.retired_clients(tx, section.id)
    return live


async def rebuild(tx: Tx, live: LiveSection) -> None:
    """Throw the words away and build them again; whose client ids are whose, too.

    Raises:
        Outdated: words were taken back since.
    """
    found = (await change_store.load_words(tx, [live.id])).get(live.id)
    if found is None:
        live.is_broken = False  # it was deleted: the gate will say no to every page of it
        return
    if found.generation != live.generation:
        raise Outdated
    clients = await change_store.clients_of(tx, live.id)
    live.words = LiveWords(found.changed(), snapshot=found.snapshot)
    live.clients = clients
    if found.seq > live.seq:
        # Changes of another process came with the rows: tell them as such.
        later = [change for change in found.changes if change.seq > live.seq]
        for change in later:
            tell_changes(live, [change.update], epoch=change.epoch)
        if len(later) < found.seq - live.seq:
            leave_all_behind(live)
    live.seq = found.seq
    all_is_told(live)
    _note_tail(live, found)
    live.is_broken = False


async def catch_up(live: LiveSection) -> None:
    """Apply and tell the changes that another process stored.

    Raises:
        Outdated: words were taken back since.
    """
    async with reading() as tx:
        for standing in await change_store.standings(tx, [live.id]):
            if standing.generation != live.generation:
                raise Outdated
        changes = await change_store.changes_after(tx, live.id, live.seq)
    for change in changes:
        if change.seq <= live.seq:
            continue
        holds = read_update(change.update)
        if live.words.is_news(change.update, holds):
            live.words.apply([(change.update, holds)])
        live.seq = change.seq
        live.tail_rows += 1
        live.tail_bytes += len(change.update)
        tell_changes(live, [change.update], epoch=change.epoch)
    all_is_told(live)


async def _words(tx: Tx, section: Section) -> Words:
    found = (await change_store.load_words(tx, [section.id])).get(section.id)
    if found is None:
        raise NotFound
    return found


def _note_tail(live: LiveSection, words: Words) -> None:
    tail = [change for change in words.changes if change.seq > words.upto_seq]
    live.tail_rows = len(tail)
    live.tail_bytes = sum(len(change.update) for change in tail)
    live.epoch = max([live.epoch, *(change.epoch for change in words.changes)])


def leave_all_behind(live: LiveSection) -> None:
    """Have every page told, once memory equals the rows, all that came since it was last told."""
    for opened in live.open:
        opened.knows = opened.knows if opened.knows is not None else live.told
