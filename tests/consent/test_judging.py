"""The gate's judgement and the entry it leaves, over the demo's book: without a store."""

from dataclasses import replace

from consent import asked, judging
from consent.consent import Cover
from consent.grounds import Found
from consent.protection import Exclusion, Protections
from consent.statement import OWED, Owes
from policies.act import Act
from policies.decision import Ground
from policies.facts import Kind, label_of_house
from policies.question import Answer, Part, Why
from server.directory.member import Office
from server.kernel.ids import ConsentId, RoomId, new_id
from tests.consent.facts import (
    AT,
    DAY,
    HEALTH,
    LINES,
    NURSE,
    OTIS,
    ROOM,
    SCHOOL,
    SHARED,
    TAMSIN,
    asker,
    decided_for_her,
    decision,
    facts,
    judged,
    label,
    practitioner,
    team,
)
from tests.policies.asking import demo_book

# ---------------------------------------------------------------- the decision


def test_a_yes_tells_all_it_rests_on():
    found = judged().decision
    clause = demo_book().clause("QEH", "QEH/3.2")

    assert clause is not None
    assert (found.allowed, found.why, found.clause) == (True, "QEH/3.2", "QEH/3.2")
    assert (found.isa, found.isa_revision, found.ground) == ("QEH", 3, Ground.AGREED)
    assert (found.purpose, found.lawful_basis) == ("plan", clause.lawful_basis)
    assert {(one.id, one.version) for one in found.consents} == {
        (line.consent, 2) for line in LINES
    }
    assert found.sharing_decision is None


def test_a_yes_by_decision_names_the_decision_and_no_agreement():
    told, found = decided_for_her()

    assert found.decision.allowed
    assert (found.decision.ground, found.decision.purpose) == (Ground.DECIDED, "safeguard")
    assert found.decision.sharing_decision == told.id
    assert found.decision.consents == ()


def test_a_no_rests_on_nothing():
    thing = label(categories=frozenset({"education_attendance", "asb"}))

    found = judged(thing=thing).decision

    assert not found.allowed
    assert (found.consents, found.sharing_decision, found.purpose) == ((), None, None)


def test_an_act_of_another_kind_is_a_no_with_its_name():
    found = judged(act=Act.VIEW_ROOM).decision

    assert (found.allowed, found.why) == (False, judging.WRONG_KIND)
    assert not judging.is_open(demo_book(), facts(**SHARED), asker(NURSE), Act.VIEW_ROOM, label())


def test_a_childs_own_words_are_changed_by_whoever_took_them_down():
    who = practitioner()
    other = asker(practitioner())
    named = frozenset({who.id, other.member.id})
    thing = label(categories=frozenset({"child_voice"}), author=who.id, named=named)

    assert judged(Act.EDIT_SECTION, thing, asker(who)).decision.allowed
    found = judged(Act.EDIT_SECTION, thing, replace(other, role="lead_professional"))
    assert (found.decision.allowed, found.decision.why) == (False, judging.CHILDS_OWN_WORDS)
    for asks, is_open in ((asker(who), True), (other, False)):
        assert is_open is judging.is_open(
            demo_book(), facts(**SHARED), asks, Act.EDIT_SECTION, thing
        )


def test_what_is_no_clause_has_a_name_that_the_log_keeps():
    assert judging.CHILDS_OWN_WORDS == "GUARD-CHILDS-OWN-WORDS"
    assert judging.WRONG_KIND == "FAIL-CLOSED-KIND"
    assert (judging.FACTS_MISSING, judging.NO_ANSWER) == ("FAIL-CLOSED-FACTS", "FAIL-CLOSED")


def test_who_owes_the_statement_is_told_so_where_nothing_else_keeps_her_out():
    owing = asker(NURSE, owes=Owes.ALL)

    assert judged(asks=owing).decision.why == OWED
    assert not judged(asks=owing).decision.allowed
    assert judged(asks=owing, team=team()).decision.why == Why.NO_CLAUSE
    assert judged(asks=asker(NURSE, owes=Owes.ENTRY)).decision.allowed
    # She may accept it at any moment: she counts among those who may read.
    assert judging.is_open(demo_book(), facts(**SHARED), owing, Act.OPEN_SECTION, label())


def test_things_alike_are_judged_once_and_each_keeps_its_own_label():
    things = [label(), label(), label(categories=frozenset({"asb"}))]

    found = judging.judge_each(demo_book(), facts(**SHARED), asker(NURSE), Act.OPEN_SECTION, things)

    assert [one.label for one in found] == things
    assert [one.decision.allowed for one in found] == [True, True, False]
    assert found[0].answer is found[1].answer


def test_without_a_yes_or_a_purpose_nothing_was_rested_on():
    cover = Cover(frozenset({(ConsentId(new_id()), 1)}), TAMSIN, AT, AT + DAY)
    told = decision(label(), HEALTH)
    found = Found((), {(0, "plan"): cover}, {(0, "plan"): told})
    parts = tuple(
        Part(allowed=True, why="x", ground=one) for one in (Ground.AGREED, Ground.DECIDED)
    )
    answer = Answer(allowed=True, why="x", purpose="plan", parts=parts)

    assert judging._rested_on(found, answer)[0] == found.consents_of(0, "plan")
    for changed in (replace(answer, allowed=False), replace(answer, purpose=None)):
        assert judging._rested_on(found, changed) == ((), None)
    later = decision(label(), HEALTH)
    two = Found((), {}, {(0, "plan"): told, (1, "plan"): later})
    twice = replace(answer, parts=(parts[1], parts[1]))
    assert judging._rested_on(two, twice) == ((), told.id)


# ---------------------------------------------------------------- the entry


def test_an_entry_tells_everything_of_a_yes():
    found = judged()
    entry = found.entry(found.with_factors(demo_book()))

    assert (entry.kind, entry.outcome, entry.by_house) == ("section:opened", "allowed", False)
    assert (entry.who, entry.agency, entry.room) == (NURSE.id, HEALTH, ROOM)
    assert (entry.thing, entry.purpose) == (found.label.thing, "plan")
    told = dict(entry.details)
    words = told.pop("factors")
    assert [one["name"] for one in words] == ["place", "agreement", "family", "protection"]
    assert [sorted(one) for one in words] == [
        ["clause", "holds", "lawful_basis", "name", "on", "words"]
    ] * 4
    assert words[2]["on"] == "2026-06-16"
    assert words[3]["on"] is None
    decided = found.decision
    assert told == {
        "why": "QEH/3.2", "clause": "QEH/3.2", "isa": "QEH", "isa_revision": 3,
        "lawful_basis": decided.lawful_basis, "condition": decided.condition, "ground": "agreed",
        "consent": [{"id": one.id.hex, "version": 2} for one in decided.consents],
        "sharing_decision": None, "role": "tac_member", "categories": ["education_attendance"],
        "origins": ["tansy_vale"], "subjects": [OTIS.hex], "epoch": 5, "kept_back_by": [],
        "asked": asked.written([found.question]),
    }  # fmt: skip


def test_an_entry_by_decision_names_the_decision():
    told, found = decided_for_her()

    assert found.entry(found.decision).details["sharing_decision"] == told.id.hex


def test_what_kept_her_out_stands_in_the_entry_and_a_strangers_tells_nothing():
    out = Exclusion(new_id(), ROOM, "why", member=NURSE.id)
    kept = judged(protections=Protections((out,)))
    stranger = judged(asks=asker(NURSE, None))

    entry, nothing = (one.entry(one.decision) for one in (kept, stranger))

    assert (entry.kind, entry.outcome) == ("section:open-refused", "refused")
    assert entry.details["kept_back_by"] == [out.id.hex]
    assert (entry.by_house, nothing.by_house) == (False, True)
    assert set(nothing.details) == {
        "why", "clause", "isa", "isa_revision", "lawful_basis", "condition", "ground", "consent",
        "sharing_decision", "factors", "role",
    }  # fmt: skip
    assert judged(team=None).entry(judged().decision).details["epoch"] is None


def test_a_strangers_yes_is_told_whole():
    officer = asker(practitioner(SCHOOL, Office.IG_OFFICER), None)
    asks = replace(officer, purposes=("safeguard", "ig_audit"))
    thing = label(origins=frozenset({HEALTH}))
    found = judged(thing=thing, asks=asks, emergencies={officer.member.id: AT + DAY})

    entry = found.entry(found.decision)

    assert entry.outcome == "allowed"
    assert not entry.by_house
    assert "categories" in entry.details


def test_no_answer_is_a_no_that_the_house_keeps():
    found, entry = judging.no_answer(NURSE, Act.OPEN_SECTION, label(), why="X")

    assert (found.allowed, found.why) == (False, "X")
    assert (entry.outcome, entry.by_house, entry.details["why"]) == ("refused", True, "X")
    assert (
        judging.no_answer(NURSE, Act.OPEN_ROOM, label_of_house(Kind.ROOM), why="X")[1].thing is None
    )


def test_the_entry_of_a_list_tells_what_was_shown_and_by_which_clauses():
    shown = [judged(), judged(), judged(thing=label(room=RoomId(new_id())))]

    entry = judging.entry_of_list(NURSE, Act.LIST_SECTIONS, shown[:2])

    basis = shown[0].decision.lawful_basis
    assert (entry.kind, entry.outcome, entry.room, entry.purpose) == (
        "section:listed", "allowed", ROOM, "plan",
    )  # fmt: skip
    assert entry.details == {
        "count": 2,
        "things": [one.label.thing.hex for one in shown[:2]],
        "clauses": [{"clause": "QEH/3.2", "lawful_basis": basis}],
        "role": "tac_member",
        "asked": asked.written(one.question for one in shown[:2]),
    }
    assert judging.entry_of_list(NURSE, Act.LIST_SECTIONS, shown).room is None
    one = judging.entry_of_list(NURSE, Act.LIST_SECTIONS, shown[:1])
    assert (one.purpose, one.details["role"]) == ("plan", "tac_member")
    nothing = judging.entry_of_list(NURSE, Act.LIST_SECTIONS, [])
    assert (nothing.room, nothing.purpose, nothing.details["role"]) == (None, None, None)
