"""The four factors of a decision, in words: without a store."""

from dataclasses import replace
from datetime import date

import pytest

from consent import factors, judging
from consent.grounds import Found
from consent.protection import Exclusion, Protections
from consent.sharing_decision import LegalGround
from consent.statement import Owes
from policies.act import Act
from policies.decision import FactorName, Ground
from policies.facts import Kind, label_of_room
from policies.question import Cell, Live
from server.directory.member import Office
from server.directory.team import TeamState
from server.kernel.ids import new_id
from tests.consent.facts import (
    AT,
    CONCERN,
    DAY,
    HEALTH,
    HOMES,
    NURSE,
    ROOM,
    SCHOOL,
    SHARED,
    asker,
    decided_for_her,
    decision,
    facts,
    judged,
    label,
    practitioner,
    team,
)
from tests.consent.officers import LANTERN
from tests.policies.asking import demo_book


def factor(name, found):
    return next(one for one in found.with_factors(demo_book()).factors if one.name is name)


def test_the_place_in_words():
    waiting = judging.judge(
        demo_book(), facts(team=team(TeamState.PROPOSED)), asker(NURSE, None), Act.OPEN_SECTION,
        label(),
    )  # fmt: skip
    officer = asker(practitioner(SCHOOL, Office.IG_OFFICER), None)

    assert factor(FactorName.PLACE, judged()).words == (
        "A place in the room as member of the team since 16 June 2026."
    )
    assert factor(FactorName.PLACE, judged()).on == date(2026, 6, 16)
    assert factor(FactorName.PLACE, waiting).words == "The room waits for the family's agreement."
    nobody = factor(FactorName.PLACE, judged(asks=asker(NURSE, None)))
    assert (nobody.holds, nobody.words) == (False, "No place in this room.")
    assert not factor(FactorName.PLACE, waiting).holds
    nowhere = factor(FactorName.PLACE, judged(asks=asker(NURSE, None), team=None))
    assert nowhere.words == "No place in this room."
    asks = factor(FactorName.PLACE, judged(asks=officer))
    assert asks.holds
    assert asks.words.endswith(", without a place.")
    owing = factor(FactorName.PLACE, judged(asks=asker(NURSE, owes=Owes.ALL)))
    assert (owing.holds, "not been accepted" in owing.words) == (False, True)
    assert factor(FactorName.PLACE, judged(asks=asker(NURSE, owes=Owes.ENTRY))).holds


def test_the_agreement_in_words():
    covered = factor(FactorName.AGREEMENT, judged())
    refused = factor(FactorName.AGREEMENT, judged(team=team()))
    unsigned = factor(FactorName.AGREEMENT, judged(asks=asker(practitioner(LANTERN))))
    uncovered = factor(FactorName.AGREEMENT, judged(thing=label(categories=frozenset({"asb"}))))
    seats = factor(
        FactorName.AGREEMENT,
        judged(Act.INVITE, label_of_room(ROOM, Kind.SEAT), asker(practitioner(LANTERN))),
    )

    clause = demo_book().clause("QEH", "QEH/3.2")
    assert clause is not None
    assert (covered.holds, covered.words, covered.clause, covered.lawful_basis) == (
        True, clause.sentence, "QEH/3.2", clause.lawful_basis,
    )  # fmt: skip
    # The family has not agreed; the clause would cover it all the same.
    assert (refused.holds, refused.clause) == (True, "QEH/3.2")
    assert (unsigned.holds, unsigned.words) == (False, factors.UNSIGNED)
    assert uncovered.words == "No clause of a sharing agreement in force covers this."
    assert seats.words == "No clause of a sharing agreement in force covers this."
    forbidden = factor(
        FactorName.AGREEMENT,
        judged(thing=label(categories=frozenset({"sexual_health"}), origins=frozenset({HOMES}))),
    )
    assert (forbidden.holds, forbidden.clause) == (False, "QEH/5.3")


def test_what_the_family_agreed_in_words():
    told, by_decision = decided_for_her()
    own = judged(asks=asker(practitioner()))
    standing = judged(thing=label(categories=frozenset({"identity_contact"})))
    ground = factors.LEGAL_GROUNDS["public_task"]

    yes_ = factor(FactorName.FAMILY, judged())
    assert (yes_.holds, yes_.words, yes_.on) == (True, "Agreed on 16 June 2026.", date(2026, 6, 16))
    decided = factor(FactorName.FAMILY, by_decision)
    assert (decided.holds, decided.lawful_basis, decided.on) == (True, ground, date(2026, 6, 16))
    assert decided.words == (
        f"A decision to share was recorded on 16 June 2026, on the ground of {ground}."
    )
    assert "own information" in factor(FactorName.FAMILY, own).words
    assert "place in the room is enough" in factor(FactorName.FAMILY, standing).words
    assert factor(FactorName.FAMILY, standing).holds
    nothing = factor(FactorName.FAMILY, judged(team=team()))
    assert (nothing.holds, "has not agreed" in nothing.words) == (False, True)
    room = factor(FactorName.FAMILY, judged(Act.VIEW_ROOM, label_of_room(ROOM)))
    assert (room.holds, "Not information" in room.words) == (True, True)
    groundless = replace(told, legal_ground=None)
    asks = asker(NURSE, purposes=("safeguard",))
    bare = factor(FactorName.FAMILY, judged(thing=CONCERN, asks=asks, decisions=(groundless,)))
    assert (bare.words, bare.lawful_basis) == (
        "A decision to share was recorded on 16 June 2026.", None,
    )  # fmt: skip


def test_what_the_family_agreed_is_told_to_who_is_refused_for_another_reason():
    out = Exclusion(new_id(), ROOM, "why", member=NURSE.id)
    told = decision(CONCERN, HEALTH)
    asks = asker(NURSE, purposes=("plan", "safeguard"))

    refused = judged(**SHARED, protections=Protections((out,)))
    decided = judged(thing=CONCERN, asks=asks, decisions=(told,), protections=Protections((out,)))

    assert factor(FactorName.FAMILY, refused).words == "Agreed on 16 June 2026."
    assert factor(FactorName.FAMILY, decided).words.startswith("A decision to share")


def test_what_opened_it_is_told_not_what_might_have():
    thing = label()
    also_decided = decision(thing, HEALTH, purpose="plan")

    found = judged(thing=thing, **SHARED, decisions=(also_decided,))

    assert found.decision.ground is Ground.AGREED
    assert factor(FactorName.FAMILY, found).words == "Agreed on 16 June 2026."


def test_every_legal_ground_has_its_words():
    assert set(factors.LEGAL_GROUNDS) == {one.value for one in LegalGround}
    assert factors.LEGAL_GROUNDS["agreement"] == "agreement"


def test_an_emergency_in_words():
    officer = practitioner(SCHOOL, Office.IG_OFFICER)
    asks = replace(asker(officer, None), purposes=("safeguard", "ig_audit"))
    found = judged(
        thing=label(origins=frozenset({HEALTH})), asks=asks, emergencies={officer.id: AT + DAY}
    )

    assert found.decision.ground is Ground.EMERGENCY
    assert "Emergency access" in factor(FactorName.FAMILY, found).words


@pytest.mark.parametrize(("excl", "marker"), [("no", "no"), ("x", "no"), ("no", "x"), ("x", "x")])
def test_what_protects_in_words(excl, marker):
    cell = Cell("asb", HOMES, frozenset({Live(Ground.OWN)}), excl=excl, marker=marker)
    found = Found((cell,), {}, {})

    told = factors.protection_factor(found)

    is_kept = (excl, marker) != ("no", "no")
    assert told.holds is not is_kept
    assert told.words == ("Kept back to protect someone." if is_kept else "Nothing keeps it back.")
    assert (
        factors.protection_factor(
            Found((*found.cells, Cell("asb", HOMES, frozenset())), {}, {})
        ).holds
        is not is_kept
    )
