"""Several people write one section: all stands, is told when durable, and keeps its author."""

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
