"""Agreements and house rules come into force by one operation, and the log says so."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from consent import activating
from policies import compiling, enforcer, packs, revision, store, tables
from policies.isa import IsaState
from server.audit.search import Filter, find_entries
from server.kernel import clock
from server.kernel.errors import Invalid
from server.keys import kms
from server.keys.kms import LocalKms
from tests.policies.quillmere import lay_quillmere


@pytest.fixture(autouse=True)
def house_kms(tmp_path: Path) -> None:
    kms.bind(LocalKms(tmp_path / "keys"))


async def activate(text: str):
    today = clock.today()
    return await activating.activate_isa(
        text, starts=today, ends=today + timedelta(days=9), review_on=today, parties=()
    )


async def test_laying_the_house_rules_twice_lays_them_once(database):
    await activating.lay_house_rules()
    await activating.lay_house_rules()

    async with database.reading() as tx:
        changes = await store.list_changes(tx)
        categories = await tx.scalar(select(func.count()).select_from(tables.category))

    assert sorted((change.isa, change.version) for change in changes) == [
        ("FAMILY", 1),
        ("HOUSE", 1),
    ]
    assert categories == 24


async def test_a_release_with_other_house_rules_lays_a_new_version(database, monkeypatch):
    await activating.lay_house_rules()
    shorter = replace(packs.house(), clauses=packs.house().clauses[:-1])
    monkeypatch.setattr(packs, "house", lambda: shorter)

    await activating.lay_house_rules()

    async with database.reading() as tx:
        assert await store.newest_version(tx, "HOUSE") == 2
        assert await store.newest_version(tx, "FAMILY") == 1
    with clock.moved_to(clock.now() + timedelta(seconds=5)):
        book = await revision.book()
    assert {(pack.code, pack.version) for pack in book.packs} == {("FAMILY", 1), ("HOUSE", 2)}


async def test_a_release_that_changes_what_agreements_follow_from_compiles_them_anew(
    database, monkeypatch
):
    await lay_quillmere()
    changed = enforcer.model_text() + "\n"
    monkeypatch.setattr(compiling, "model_text", lambda: changed)
    assert "QEH" not in {pack.code for pack in await _trusted()}

    with clock.moved_to(clock.now() - timedelta(seconds=9)):
        await activating.lay_house_rules()

    assert {pack.code for pack in await _trusted()} == {"FAMILY", "HOUSE", "QEH"}
    async with database.reading() as tx:
        assert await store.newest_version(tx, "QEH") == 3


async def test_a_suspended_agreement_stays_suspended_when_it_is_compiled_anew(
    database, monkeypatch
):
    await lay_quillmere()
    async with database.writing() as tx:
        isa = await store.get_isa(tx, "QEH", 3)
        await revision.put_in_force(tx, isa, IsaState.SUSPENDED)
    changed = enforcer.model_text() + "\n# a release later\n"
    monkeypatch.setattr(compiling, "model_text", lambda: changed)

    await activating.lay_house_rules()

    qeh = next(pack for pack in await _trusted() if pack.code == "QEH")
    assert qeh.state is IsaState.SUSPENDED


async def _trusted():
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        book = await revision.book()
        return [pack for pack in book.packs if pack.matrix is not None]


async def test_bringing_an_agreement_into_force_is_recorded(database):
    isa = await activate(packs.find_pack("qeh_3"))

    async with database.reading() as tx:
        found = await find_entries(tx, Filter(kind="isa:activated"))

    assert isa.version == 3
    assert [entry.details for entry in found.entries] == [{"isa": "QEH", "isa_revision": 3}]


async def test_a_version_is_never_laid_twice(database):
    await activate(packs.find_pack("qeh_3"))

    with pytest.raises(Invalid, match="Version 3 of QEH was laid before"):
        await activate(packs.find_pack("qeh_3"))


@pytest.mark.parametrize(
    ("was", "becomes"), [("QEH/5.3,", "QEH/5.3,,"), ("sec_health,", "sec_helth,")]
)
async def test_a_text_that_cannot_be_read_or_has_faults_lays_nothing(database, was, becomes):
    with pytest.raises(Invalid):
        await activate(packs.find_pack("qeh_3").replace(was, becomes))

    async with database.reading() as tx:
        assert await store.newest_version(tx, "QEH") is None


async def test_rules_changed_behind_our_back_are_laid_again(database):
    await activating.lay_house_rules()
    async with database.writing() as tx:
        table = tables.isa_revision
        await tx.execute(update(table).where(table.c.isa == "HOUSE").values(clauses="[]"))

    await activating.lay_house_rules()

    async with database.reading() as tx:
        assert (await store.get_isa(tx, "HOUSE", 2)).lines() == packs.house().lines()
