"""Two servers on one PostgreSQL: what one stores the other's pages hear, and so is a withdrawal."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from server.kernel import database as kernel_database
from server.kernel.database import Database
from tests.rooms.server_processes import lay, page_at, served, until

pytestmark = pytest.mark.parametrize("store", ["postgres"], indirect=True)


@asynccontextmanager
async def two_servers(database_url, folder):
    laid = await lay(database_url, folder, servers=2)
    async with (
        served(laid, 0),
        served(laid, 1),
        page_at(laid.url(0), laid.cookies[0]) as imara,
        page_at(laid.url(1), laid.cookies[1]) as bronagh,
    ):
        yield laid, imara, bronagh


async def test_an_edit_through_one_reaches_a_page_on_the_other(database_url, tmp_path):
    async with two_servers(database_url, tmp_path) as (laid, imara, bronagh):
        hers, theirs = (page.open(laid.section.hex) for page in (imara, bronagh))
        await until(lambda: hers.unsynced == theirs.unsynced == 0)

        hers.type("from Imara")
        took_s = await until(lambda: "from Imara" in theirs.text)
        theirs.type("from Bronagh")
        took_s = max(took_s, await until(lambda: "from Bronagh" in hers.text))
        for word in range(10):  # both at once: neither may tell the other's out of order
            hers.type(f"i{word}")
            theirs.type(f"b{word}")
            await asyncio.sleep(0.01)
        await until(lambda: hers.unsynced == theirs.unsynced == 0 and hers.text == theirs.text)
    text, changes = await laid.stored()
    assert text == hers.text
    assert len(changes) == 23
    # Each looks at the rows every 0.4 s; the rest is room for a machine that has much to do.
    assert took_s < 5.0, took_s


async def test_a_withdrawal_closes_the_pages_of_every_server(database_url, tmp_path):
    async with two_servers(database_url, tmp_path) as (laid, imara, bronagh):
        hers, theirs = (page.open(laid.section.hex) for page in (imara, bronagh))
        await until(lambda: hers.unsynced == theirs.unsynced == 0)

        # Made by a third process: this one. No notice of it reaches either server.
        store = Database(database_url)
        kernel_database.bind(store)
        await laid.family.stop("school", "quillmere_hv")
        took_s = await until(lambda: theirs.denied and theirs.closed)
        await store.close()
        hers.type("written afterwards")
        await until(lambda: hers.unsynced == 0)
        theirs.type("too late")
        await asyncio.sleep(0.6)

        assert theirs.denied == "You can no longer see this part of the plan."
        assert {"kind": "access", "lost": [laid.section.hex]} in bronagh.stateless
        assert b"written afterwards" not in bronagh.heard
        assert hers.closed is None
    text, _changes = await laid.stored()
    assert "written afterwards" in text
    assert "too late" not in text
    assert took_s < 5.0, took_s
