"""The disk is full: nothing is called saved, pages are told, and afterwards nothing is missing."""

import resource

import pytest

from tests.rooms.server_processes import lay, page_at, served, until

NO_ROOM_BYTES = 4096


def leave_room(process, size_bytes):
    """How large the server's files may grow from here on: the disk is full, or not any more."""
    _now, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size_bytes, hard))


def said(page, kind):
    return [one for one in page.stateless if one["kind"] == kind]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_on_a_full_disk_nothing_is_called_saved_and_nothing_is_lost(database_url, tmp_path):
    laid = await lay(database_url, tmp_path)
    async with served(laid) as process, page_at(laid.url(), laid.cookies[0]) as page:
        document = page.open(laid.section.hex)
        await until(lambda: document.unsynced == 0)
        document.type("before")
        await until(lambda: document.unsynced == 0)
        told = len(document.statuses)

        leave_room(process, NO_ROOM_BYTES)
        document.type("while it is full")
        await until(lambda: said(page, "storage") and document.scope == "readonly")

        assert said(page, "storage")[0] == {"kind": "storage", "state": "failing"}
        assert (document.unsynced, len(document.statuses)) == (1, told)

        leave_room(process, resource.RLIM_INFINITY)
        await until(lambda: document.unsynced == 0 and document.scope == "read-write")
        document.type("afterwards")
        await until(lambda: document.unsynced == 0)
        assert said(page, "storage")[-1] == {"kind": "storage", "state": "well"}
        assert process.returncode is None

    text, changes = await laid.stored()
    assert text == "Words\nbefore\nwhile it is full\nafterwards"
    assert len(changes) == 4


@pytest.mark.long
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_long_a_server_killed_on_a_full_disk_has_kept_all_that_it_called_saved(
    database_url, tmp_path
):
    laid = await lay(database_url, tmp_path)
    async with served(laid) as process, page_at(laid.url(), laid.cookies[0]) as page:
        document = page.open(laid.section.hex)
        await until(lambda: document.unsynced == 0)
        document.type("before")
        await until(lambda: document.unsynced == 0)
        leave_room(process, NO_ROOM_BYTES)
        document.type("never called saved")
        await until(lambda: document.unsynced == 1, within_s=1)
    text, _changes = await laid.stored()
    assert text == "Words\nbefore"
