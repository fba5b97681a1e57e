"""A house with one sign-in service, one school and one prepared member: Imara."""

import pytest

from tests.identity.house import opened_house


@pytest.fixture
async def house(database, tmp_path):
    async with opened_house(database, tmp_path) as house:
        yield house
