"""The tests' own stores: fresh for each test, on both."""

import pytest
from sqlalchemy import text

from server.kernel.database import Database, bound, reading, writing


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_what_one_test_writes_the_next_does_not_see(database: Database, turn: str):
    async with writing() as tx:
        await tx.execute(text(f"CREATE TABLE left_by_a_test (turn TEXT DEFAULT '{turn}')"))

    async with reading() as tx:
        assert (await tx.rows(text("SELECT turn FROM left_by_a_test"))) == []
    assert bound() is database


@pytest.mark.usefixtures("database")
async def test_both_stores_are_real(request: pytest.FixtureRequest):
    asked = request.node.callspec.params["store"]

    async with reading() as tx:
        version = "sqlite_version()" if asked == "sqlite" else "current_setting('server_version')"
        assert await tx.scalar(text(f"SELECT {version}"))
