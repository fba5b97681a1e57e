"""The family's room, with its pages, open on the store of the test."""

import pytest

from tests.fakes.family_room import opened_family_room


@pytest.fixture
async def house(database, tmp_path):
    """A room with its real rules in force."""
    del database
    async with opened_family_room(tmp_path) as opened:
        yield opened
