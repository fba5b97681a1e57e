"""What keeps a draft from being sent is told at the rule that is at fault."""

from dataclasses import replace
from datetime import date

import pytest

from policies.catalogue import catalogue
from policies.draft import put_rule, rules_of, take_rule, with_days
from policies.isa import Covered, Isa, Passage, Recipient
from policies.isa_file import IsaFile
from policies.readiness import as_wide_as_rules, faults_of_draft
from policies.templates import TEMPLATES, from_template
from tests.policies.quillmere import SECTORS, quillmere

WORDS = catalogue()
TEXT = (Passage("Purpose", "To help families early."),)
READY = replace(as_wide_as_rules(quillmere(), WORDS), text=TEXT)
HOME = next(n for n, rule in enumerate(rules_of(READY)) if rule.ref == "QEH/3.5")
EMERGENCY = next(n for n, rule in enumerate(rules_of(READY)) if rule.ref == "QEH/4.3")


def faults(isa: Isa, parties=tuple(SECTORS)) -> list[tuple[int | None, str]]:
    return [(one.row, one.words) for one in faults_of_draft(IsaFile(isa, parties), WORDS)]


def with_term(row: int, **change) -> Isa:
    rule = rules_of(READY)[row]
    return put_rule(READY, row, replace(rule, term=replace(rule.term, **change)))


def test_a_draft_of_what_is_in_force_is_ready_once_it_has_a_text():
    assert faults(READY) == []
    assert faults(replace(READY, text=())) == [(None, "The agreement has no text.")]


@pytest.mark.parametrize(
    ("row", "change", "fault"),
    [
        (HOME, {"verbs": ("export",)}, "QEH/3.5 allows to export what it does not let see"),
        (HOME, {"sources": ("millbrook",)}, "QEH/3.5: millbrook is not a party."),
        (HOME, {"recipients": (Recipient("grp_seat", "millbrook"),)}, "millbrook is not a party."),
        (HOME, {"categories": ("immigration",)}, "“Immigration” is not for “to make the plan”."),
        (HOME, {"purposes": ("assess",)}, "is not for “to understand what is needed”."),
        (
            HOME,
            {"categories": ("cat_health_all",)},
            "“Sexual health” is not for “to make the plan”.",
        ),
        (HOME, {"categories": ("asb",)}, "criminal information and names no condition"),
        (EMERGENCY, {"verbs": ("edit",)}, "information governance officer may look, and change no"),
        (HOME, {"recipients": (Recipient("meeting_guest", "any"),)}, "allows the office"),
    ],
)
def test_a_fault_stands_at_its_rule(row, change, fault):
    found = faults(with_term(row, **change))

    assert any(at == row and fault in words for at, words in found), found


def test_a_rule_without_a_lawful_basis_is_told_in_every_row_of_its_clause():
    rule = replace(rules_of(READY)[HOME], lawful_basis="")

    found = faults(put_rule(READY, HOME, rule))

    rows = [n for n, one in enumerate(rules_of(READY)) if one.ref == "QEH/3.5"]
    assert found == [(row, "QEH/3.5 names no lawful basis") for row in rows]


def test_the_whole_is_looked_at_too():
    assert (None, "Name at least two organisations as parties.") in faults(READY, ())
    assert (None, "Nothing is written under “Retention”.") in faults(
        replace(READY, text=(*TEXT, Passage("Retention", " ")))
    )
    assert (None, "The agreement does not list the information it is about.") in faults(
        replace(READY, covers=())
    )
    late = replace(READY, starts=date(2025, 1, 1))
    assert (None, "The review is more than twelve months after the first day.") in faults(late)
    bare = replace(READY, clauses=())
    assert (None, "QEH has no lines") in faults(bare)


def test_what_forbids_needs_no_list_and_no_basis():
    narrower = replace(READY, covers=tuple(one for one in READY.covers if one.category != "asb"))

    assert {words for _, words in faults(narrower)} == {
        f"{ref} is wider than the text: “Trouble in the neighbourhood” is not listed there."
        for ref in ("QEH/3.7", "QEH/4.3")
    }
    assert as_wide_as_rules(READY, WORDS) is READY
    assert Covered("asb", ("plan", "deliver", "ig_audit")) in READY.covers


def test_rules_are_put_and_taken_and_days_move_with_the_agreement():
    rules = rules_of(READY)
    assert rules_of(take_rule(READY, 0)) == rules[1:]
    reworded = put_rule(READY, HOME, replace(rules[HOME], sentence="Another sentence."))
    assert reworded.clause("QEH/3.5").sentence == "Another sentence."  # type: ignore[union-attr]
    assert set(reworded.lines()) == set(READY.lines())

    shorter = with_term(HOME, until=date(2026, 6, 1))
    moved = with_days(shorter, date(2026, 5, 1), date(2026, 12, 1), date(2026, 12, 1))

    ends = {rule.term.until for rule in rules_of(moved)}
    assert ends == {date(2026, 12, 1), date(2026, 6, 1)}
    assert {rule.term.since for rule in rules_of(moved)} == {date(2026, 5, 1)}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_takes_its_code_and_days(name):
    file = from_template(name, "MILL", starts=date(2026, 9, 30), ends=date(2027, 9, 30))

    assert file.isa.code == "MILL"
    assert {clause.ref.partition("/")[0] for clause in file.isa.clauses} <= {"MILL"}
    assert {line.since for line in file.isa.lines()} <= {"2026-09-30"}
    assert not any(row is not None for row, _ in faults(file.isa))
