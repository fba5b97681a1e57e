"""What an approval rests on: sentences that hold, and a difference that does not move."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent import activating, drafting, examples
from consent import effect as effects
from policies import revision, store
from policies.draft import Stage, rules_of
from policies.isa import Example, Recipient
from policies.question import Why
from server.directory.member import Office
from server.kernel import clock
from server.kernel.database import reading
from server.kernel.errors import Conflict, Invalid
from tests.consent.officers import (
    HEALTH,
    HOMES,
    LANTERN,
    SCHOOL,
    approved,
    began,
    draft_of,
    officer,
    sent,
    signed,
    widened,
)
from tests.consent.test_agreements_life import attendance, noor, on_one_store, why
from tests.policies.asking import ask
from tests.policies.quillmere import SIGNED

__all__ = ["noor"]


@on_one_store
async def test_a_sentence_that_does_not_hold_keeps_a_draft_from_taking_effect(noor):
    await began(noor)
    housing = Recipient("grp_seat", "sec_housing")
    draft = await widened(noor, await draft_of(noor))
    never = Example(housing, may=False, verb="view", category="education_attendance")
    await examples.put_example(noor, "QEH", draft.edition, never)
    with pytest.raises(Conflict):
        await examples.put_example(noor, "QEH", draft.edition, never)
    shown = await examples.view_examples(noor, "QEH")
    assert shown.tried == ((never, False),)
    with pytest.raises(Invalid, match="housin is not known"):
        wrong = replace(never, category="housin")
        await examples.put_example(noor, "QEH", shown.draft.edition, wrong)
    draft = await sent(noor, await draft_of(noor))
    await signed(draft, SIGNED)
    dpo = await officer(LANTERN, Office.DPO_CALDICOTT)
    effect = await effects.view_effect(dpo, "QEH")
    assert effect.tried == ((never, False),)
    with pytest.raises(Invalid, match="does not hold"):
        await approved(dpo, effect.digest)

    draft = await draft_of(noor)
    await drafting.take_back(noor, "QEH", draft.edition, drop=False)
    draft = await draft_of(noor)
    await examples.take_example(noor, "QEH", draft.edition, 0)
    await examples.put_example(noor, "QEH", draft.edition + 1, replace(never, verb="export"))
    draft = await sent(noor, await draft_of(noor))
    await signed(draft, SIGNED)
    effect = await effects.view_effect(dpo, "QEH")
    await approved(dpo, effect.digest)
    async with reading() as tx:
        assert (await store.get_isa(tx, "QEH", 4)).examples == draft.isa.examples


async def test_an_approval_is_asked_for_again_if_the_difference_moves_before_its_time(noor):
    draft = await sent(noor, await widened(noor, await began(noor)))
    await signed(draft, [SCHOOL, HEALTH])
    dpo = await officer(LANTERN, Office.DPO_CALDICOTT)
    effect = await effects.view_effect(dpo, "QEH")
    at = clock.now() + timedelta(days=2)
    await approved(dpo, effect.digest, at=at)
    async with reading() as tx:
        rules = rules_of(await store.get_isa(tx, "QEH", 3))
    words = next(n for n, rule in enumerate(rules) if rule.ref == "QEH/3.10")

    await activating.narrow_isa(noor, "QEH", version=3, row=words)

    again = await draft_of(noor)
    assert (again.stage, again.isa.version) == (Stage.SIGNING, 4)
    home = ask("housing_tenancy", HOMES, SCHOOL, role="lead_professional", day=clock.today())
    voice = ask("child_voice", SCHOOL, HEALTH, day=clock.today())
    with clock.moved_to(at):
        book = await revision.book()
        asked = [replace(one, day=clock.today()) for one in (home, voice, attendance())]
        assert [book.answer(one).why for one in asked] == [
            "QEH/3.5", Why.NO_CLAUSE, Why.NO_CLAUSE
        ]  # fmt: skip
        moved = await effects.view_effect(dpo, "QEH")
        assert moved.digest != effect.digest
        with pytest.raises(Conflict):
            await approved(dpo, effect.digest)
        await approved(dpo, moved.digest)
        assert await why(replace(voice, day=clock.today())) == "QEH/3.10"
