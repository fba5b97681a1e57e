"""What fails, fails closed: each fault is a no with a name of its own, and then all goes on."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from consent.judging import FACTS_MISSING, NO_ANSWER
from policies import enforcer, revision, store, tables
from policies.act import Act
from policies.book import PolicyBook
from policies.question import Why
from server.directory import store as directory
from server.kernel import clock, database, notices
from server.kernel.clock import london_instant
from server.kernel.database import reading, writing
from tests.consent.acts import ask, entries, hold, stop
from tests.consent.conftest import _room, samplewick
from tests.consent.samplewick import Samplewick

__all__ = ["_room", "samplewick"]

PART = "S3"
"""What education shares of attendance: open to the health visitor by the family's yes."""

Fault = Callable[[Samplewick, pytest.MonkeyPatch], Awaitable[None]]


async def _database_error(world: Samplewick, patch: pytest.MonkeyPatch) -> None:
    async def gone(*asked: object) -> None:
        raise OperationalError("SELECT", {}, OSError("gone"))

    patch.setattr(directory, "find_seat", gone)


async def _bad_hash(world: Samplewick, patch: pytest.MonkeyPatch) -> None:
    found = store.list_matrices

    async def tampered(*asked: object) -> list[store.StoredMatrix]:
        return [replace(one, content_hash="0" * 64) for one in await found(*asked)]  # type: ignore[arg-type]

    patch.setattr(store, "list_matrices", tampered)
    _look_again()


async def _expired_matrix(world: Samplewick, patch: pytest.MonkeyPatch) -> None:
    async with reading() as tx:
        isa = await store.get_isa(tx, "QEH", 3)
    held = await revision.book()

    async def of_last_year(*asked: object, **named: object) -> PolicyBook:
        return held

    patch.setattr(revision, "book", of_last_year)
    patch.setattr(clock, "_offset", london_instant(isa.ends) - clock.now() + clock._offset)


async def _lying_matcher(world: Samplewick, patch: pytest.MonkeyPatch) -> None:
    def fails(*asked: object) -> None:
        raise ZeroDivisionError

    patch.setattr(enforcer, "_ask", fails)
    patch.setattr(revision, "_proved", {})
    _look_again()


async def _no_answer(world: Samplewick, patch: pytest.MonkeyPatch) -> None:
    def fails(*asked: object) -> None:
        raise ZeroDivisionError

    patch.setattr(PolicyBook, "answer", fails)
    patch.setattr(PolicyBook, "verbs", fails)


async def _lease_ran_out(world: Samplewick, patch: pytest.MonkeyPatch) -> None:
    async def unreadable(*asked: object) -> None:
        raise OperationalError("SELECT", {}, OSError("gone"))

    patch.setattr(store, "newest_change", unreadable)
    _look_again()


def _look_again() -> None:
    revision._shelves.pop(database.bound(), None)


FAULTS: dict[str, tuple[Fault, str]] = {
    "database error at join": (_database_error, FACTS_MISSING),
    "bad hash of a matrix": (_bad_hash, Why.ISA_REFUSED),
    "matrix past its last day": (_expired_matrix, Why.OUT_OF_DATE),
    "exception in the matcher": (_lying_matcher, Why.ISA_REFUSED),
    "exception in the look-up": (_no_answer, NO_ANSWER),
    "what is in force cannot be read": (_lease_ran_out, Why.NOT_CONFIRMED),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_a_recorded_no_with_its_name_and_then_all_goes_on(samplewick, fault):
    visitor, part = samplewick.members["bronagh"], samplewick.label(PART)
    assert (await ask(visitor, Act.OPEN_SECTION, part)).allowed
    inject, why = FAULTS[fault]

    with pytest.MonkeyPatch.context() as patch:
        await inject(samplewick, patch)
        decision = await ask(visitor, Act.OPEN_SECTION, part)
        held = await hold(samplewick, "bronagh")
        assert not held.allows(Act.OPEN_SECTION, part.thing)

    _look_again()
    assert (decision.allowed, decision.why) == (False, why)
    told = (await entries())[0].details
    assert told is not None
    assert told["why"] == why
    assert (await ask(visitor, Act.OPEN_SECTION, part)).allowed


@pytest.mark.parametrize("word", ["categories", "origins"])
async def test_an_unknown_category_or_organisation_is_a_no_with_its_name(samplewick, word):
    part = replace(samplewick.label(PART), **{word: frozenset({"misspelt"})})

    decision = await ask(samplewick.members["bronagh"], Act.OPEN_SECTION, part)

    assert (decision.allowed, decision.why) == (False, Why.UNKNOWN)


async def test_a_lost_notice_leaves_every_look_and_every_message_refused(samplewick, monkeypatch):
    held = await hold(samplewick, "leona")
    [part] = [
        label
        for label in samplewick.keeper.kept.values()
        if label.categories == {"finance_employment"}
        and "bramblegate" not in label.origins
        and held.allows(Act.OPEN_SECTION, label.thing)
    ]

    async def lost(notice: object) -> None:
        """Tell nobody."""

    monkeypatch.setattr(notices, "tell", lost)
    await stop(samplewick, "money")
    async with writing() as tx:
        epoch = (await directory.get_team(tx, samplewick.room)).epoch

    assert not held.allows_at(epoch, Act.OPEN_SECTION, part.thing)
    assert not (await ask(samplewick.members["leona"], Act.OPEN_SECTION, part)).allowed


async def test_a_matrix_changed_in_the_store_opens_nothing(samplewick):
    async with writing() as tx:
        await tx.execute(update(tables.isa_matrix).values(content_hash="0" * 64))
    _look_again()

    for part in samplewick.keeper.kept.values():
        assert not (await ask(samplewick.members["bronagh"], Act.OPEN_SECTION, part)).allowed
