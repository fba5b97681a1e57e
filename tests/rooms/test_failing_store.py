"""The store fails, hangs or does not say: nothing is called saved, nothing is lost."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.exc import OperationalError

from rooms import committing, telling
from server.kernel import database as kernel_database
from tests.rooms.test_writing_together import stored


class Trouble:
    """What the store does to a writing or reading transaction at its end."""

    def __init__(self, bound):
        self.writing, self.reading = bound.writing, bound.reading
        self.commits = self.reads = None  # what to do before a commit, or a reading
        self.afterwards = None  # what to do after a commit, before it is known

    @asynccontextmanager
    async def troubled_writing(self):
        async with self.writing() as tx:
            yield tx
            if self.commits is not None:
                await self.commits()
        if self.afterwards is not None:
            await self.afterwards()

    @asynccontextmanager
    async def troubled_reading(self):
        if self.reads is not None:
            await self.reads()
        async with self.reading() as tx:
            yield tx


async def fails():
    raise OperationalError("commit", {}, Exception("the store is gone"))


@pytest.fixture
def trouble(live, monkeypatch, caplog):
    del live
    caplog.set_level("CRITICAL")  # it fails on purpose
    bound = kernel_database.bound()
    found = Trouble(bound)
    monkeypatch.setattr(bound, "writing", found.troubled_writing)
    monkeypatch.setattr(bound, "reading", found.troubled_reading)
    monkeypatch.setattr(committing, "FAILING_AFTER_S", 0.4)
    return found


@pytest.fixture
async def opened(live):
    imara, bronagh = await live.page(live.imara), await live.page(live.bronagh)
    hers, theirs = imara.open(live.section.id.hex), bronagh.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == theirs.unsynced == 0)
    return imara, hers, bronagh, theirs


def storage(page, address="room"):
    return [said["state"] for said in page.stateless(address) if said["kind"] == "storage"]


async def until_well(live, hers, theirs):
    await live.until(lambda: hers.unsynced == 0 and hers.text == theirs.text)
    await live.until(lambda: hers.scope == theirs.scope == "read-write")


async def judge(live, hers, *words):
    """Each word stands once, as one stored change, and each was answered once."""
    text, changes = await stored(live)
    assert text == hers.text
    assert [text.count(word) for word in words] == [1] * len(words)
    assert len({change.update for change in changes}) == len(changes)
    assert hers.refused == 0


async def test_while_the_store_fails_nothing_is_saved_and_every_page_is_told(live, trouble, opened):
    imara, hers, bronagh, theirs = opened
    statuses = len(hers.statuses)
    trouble.commits = fails

    hers.type("kept waiting")
    await live.until(lambda: hers.scope == theirs.scope == "readonly")
    hers.type("typed all the same")
    await live.quiet()

    assert storage(imara) == storage(bronagh) == ["failing"]
    assert storage(imara, hers.address) == ["failing"]
    assert (hers.unsynced, len(hers.statuses)) == (2, statuses)
    assert "kept waiting" not in theirs.text
    assert (await stored(live))[0] == "Otis came on 31 days."

    trouble.commits = None
    await until_well(live, hers, theirs)

    assert storage(imara) == storage(bronagh) == ["failing", "well"]
    await judge(live, hers, "kept waiting", "typed all the same")


async def test_a_store_that_hangs_is_a_store_that_fails(live, trouble, opened):
    imara, hers, _bronagh, theirs = opened
    well = asyncio.Event()
    trouble.commits = well.wait

    hers.type("kept waiting")
    await live.until(lambda: storage(imara) == ["failing"] and hers.scope == "readonly")
    assert hers.unsynced == 1

    well.set()
    trouble.commits = None
    await until_well(live, hers, theirs)
    await judge(live, hers, "kept waiting")


async def test_a_store_that_cannot_be_read_is_told_to_who_writes_nothing(live, trouble, opened):
    imara, hers, _bronagh, theirs = opened
    trouble.reads = fails

    await live.until(lambda: storage(imara) == ["failing"] and hers.scope == "readonly")

    trouble.reads = None
    await until_well(live, hers, theirs)
    assert storage(imara) == ["failing", "well"]


async def test_what_was_stored_without_a_word_is_not_stored_twice(live, trouble, opened):
    _imara, hers, _bronagh, theirs = opened
    trouble.afterwards = trouble.reads = fails

    hers.type("stored, but nobody said so")
    await asyncio.sleep(0.5)
    assert hers.unsynced == 1
    assert "nobody said so" not in theirs.text

    trouble.afterwards = trouble.reads = None
    await until_well(live, hers, theirs)
    await judge(live, hers, "stored, but nobody said so")


async def test_a_fault_after_the_commit_leaves_nobody_waiting(live, trouble, opened, monkeypatch):
    del trouble
    _imara, hers, _bronagh, theirs = opened
    tell, told = telling.tell_changes, []

    def tells_the_second_time(*about, **more):
        told.append(about)
        if len(told) == 1:
            raise RuntimeError
        tell(*about, **more)

    monkeypatch.setattr(committing, "tell_changes", tells_the_second_time)
    hers.type("stored, not told at first")
    await live.until(lambda: hers.unsynced == 0)
    theirs.type("and it goes on")
    await until_well(live, hers, theirs)
    await live.until(lambda: theirs.unsynced == 0)

    await judge(live, hers, "stored, not told at first", "and it goes on")


async def test_a_failure_shorter_than_the_patience_is_told_to_nobody(
    live, trouble, opened, monkeypatch
):
    imara, hers, _bronagh, theirs = opened
    monkeypatch.setattr(committing, "FAILING_AFTER_S", 60)
    trouble.commits = fails
    hers.type("a moment later")
    await asyncio.sleep(0.1)
    trouble.commits = None

    await until_well(live, hers, theirs)

    assert storage(imara) == []
    await judge(live, hers, "a moment later")
