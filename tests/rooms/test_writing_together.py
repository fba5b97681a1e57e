"""Several people write one section: all stands, is told when durable, and keeps its author."""

import asyncio

from rooms import change_store
from rooms.plan import words_as_text
from server.kernel.database import reading


async def stored(live, section=None):
    async with reading() as tx:
        section_id = (section or live.section).id
        words = (await change_store.load_words(tx, [section_id]))[section_id]
        return words_as_text(words.updates()), await change_store.changes_after(tx, section_id, 0)


async def test_two_people_write_at_once_and_both_edits_stand(live):
    imara, bronagh = await live.page(live.imara), await live.page(live.bronagh)
    hers, other = imara.open(live.section.id.hex), bronagh.open(live.section.id.hex)
    await live.until(lambda: hers.is_synced and other.is_synced and hers.unsynced == 0)
    assert (hers.scope, hers.text) == ("read-write", "Otis came on 31 days.")

    hers.type("Grüße von Imara 😀")
    other.type("und von Bronagh")
    await live.until(lambda: hers.unsynced == other.unsynced == 0)
    await live.until(lambda: hers.text == other.text and "Bronagh" in hers.text)

    text, changes = await stored(live)
    assert text == hers.text
    assert sorted(change.member.hex for change in changes[1:]) == sorted(
        [live.imara.id.hex, live.bronagh.id.hex]
    )


async def test_an_answer_to_a_further_question_is_not_taken_for_a_change_called_saved(live):
    imara = await live.page(live.imara)
    hers = imara.open(live.section.id.hex)
    await live.until(lambda: hers.is_synced and hers.unsynced == 0)
    say, hers.say = hers.say, lambda _frame: None
    hers.type("This is lost on its way. ")
    hers.unsynced, hers.say = 0, say

    hers.type("This hangs on it.")
    await live.until(lambda: len(hers.statuses) == 2)
    async with asyncio.timeout(60):
        while "This is lost on its way. " not in (await stored(live))[0]:
            await live.until(lambda: True)
            await asyncio.sleep(0.01)
    hers.type("This is the last.")
    await live.until(lambda: len(hers.statuses) == 3)

    assert (hers.statuses, hers.unsynced) == ([True] * 3, 0)
    assert (await stored(live))[0] == hers.text
