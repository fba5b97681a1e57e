"""Real keystroke histories, typed into the live room: it ends in their own text, for everybody."""

import asyncio
import time

import pytest
from pycrdt import Text

from rooms import change_store, limits
from rooms.snapshotting import snapshot
from rooms.words import NO_UPDATE, LiveWords
from server.kernel.database import reading
from tests.rooms.traces import BEYOND_ASCII, ROOT, TRACES, read_trace

AT_ONCE = 512

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not TRACES.exists(), reason="the editing traces are not on this machine"),
]


def text_of(document):
    return str(document.get(ROOT, type=Text))


@pytest.fixture
def no_limits(monkeypatch):
    """Hours of typing come in seconds here."""
    for name in ("FRAMES_A_SECOND", "UPDATES_A_SECOND", "BYTES_A_SECOND"):
        monkeypatch.setattr(limits, name, 1e12)
    for name in ("FRAMES_AT_ONCE", "UPDATES_AT_ONCE", "BYTES_AT_ONCE"):
        monkeypatch.setattr(limits, name, 1e12)


@pytest.mark.parametrize("to_letters", [{}, BEYOND_ASCII], ids=["ascii", "beyond_ascii"])
@pytest.mark.parametrize("name", ["sveltecomponent", "friendsforever"])
@pytest.mark.usefixtures("no_limits")
async def test_long_a_real_history_ends_in_its_own_text_for_everybody(
    live, store, name, to_letters
):
    trace, began = read_trace(name, to_letters), time.monotonic()
    documents = [
        (await live.page(who)).open(live.section.id.hex) for who in (live.imara, live.bronagh)
    ]
    await live.until(lambda: all(document.unsynced == 0 for document in documents))
    count = 0
    for number, change in trace.typed():
        document = documents[number]
        document.document.apply_update(change)  # the page's own typing
        document.send(change)
        count += change != NO_UPDATE
        if count % AT_ONCE == 0:
            await live.until(lambda: all(one.unsynced == 0 for one in documents), timeout_s=600)
            await asyncio.sleep(0)
    await live.until(lambda: all(one.unsynced == 0 for one in documents), timeout_s=600)
    await live.until(lambda: {text_of(one.document) for one in documents} == {trace.end}, 60)
    await judge(live, trace, count)
    print(
        f"\ntrace {name:<16} {type(store).__name__:<14} {count:>6} changes, its own text at the "
        f"end {time.monotonic() - began:>6.0f} s"
    )


async def judge(live, trace, count):
    """The rows, a snapshot of them, and a page that comes late, say the same; all is history."""
    async with reading() as tx:
        words = (await change_store.load_words(tx, [live.section.id]))[live.section.id]
        history = await change_store.changes_after(tx, live.section.id, 1)
    assert text_of(LiveWords(words.updates())._document) == trace.end
    assert len(history) == count
    assert [change.seq for change in history] == list(range(2, count + 2))

    await snapshot(live.section.id)
    async with reading() as tx:
        words = (await change_store.load_words(tx, [live.section.id]))[live.section.id]
    assert words.changes == ()
    assert words.snapshot is not None
    late = (await live.page(live.imara)).open(live.section.id.hex)
    await live.until(lambda: late.unsynced == 0, 60)
    assert text_of(late.document) == trace.end
