"""Migrations: numbered, one after another, and what they make is what the tables say."""

import asyncio
import re

from alembic import command
from alembic.script import ScriptDirectory

from server.kernel import migrating
from server.kernel.database import Database, bind


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrating.configured(""))


def test_migrations_are_numbered_without_a_gap_and_have_one_end():
    numbers = sorted(script.revision for script in _scripts().walk_revisions())

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert _scripts().get_heads() == [migrating.newest()]


def test_a_migration_is_named_by_its_number_and_says_its_phase():
    for script in _scripts().walk_revisions():
        name = script.path.rpartition("/")[2]

        assert re.fullmatch(rf"{script.revision}_[a-z0-9_]+\.py", name)
        assert re.search(r"Phase: (expand|backfill|contract)", script.longdoc), name


def test_there_is_no_way_back_but_a_restore():
    assert not [
        script for script in _scripts().walk_revisions() if hasattr(script.module, "downgrade")
    ]


async def test_what_the_migrations_make_is_what_the_tables_say(database_url: str):
    await asyncio.to_thread(command.check, migrating.configured(database_url))


async def test_migrating_twice_changes_nothing(database_url: str):
    await migrating.migrate(database_url)
    database = Database(database_url)
    bind(database)

    assert await migrating.shape_of(database) == migrating.newest()
    await database.close()
