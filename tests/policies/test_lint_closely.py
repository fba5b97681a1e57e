"""Each rule of the lint by itself: just what it finds in one line, or across two."""

from dataclasses import replace

import pytest

from policies import lint
from policies.catalogue import catalogue
from policies.isa import Line
from policies.packs import family, house
from tests.policies.quillmere import quillmere

WORDS = catalogue()
OPEN = Line(
    "QEH/9", "lead_professional", "housing_tenancy", "plan", "view", "agreed", "sec_housing",
    "any", "always", "2026-04-01", "2027-04-01", "allow",
)  # fmt: skip
OF_HOUSE = OPEN._replace(ref="HOUSE/9", ground="own", src="any")
OF_FAMILY = OPEN._replace(ref="FAMILY/9", role="parent_carer", ground="own", dst="sec_family")
UNKNOWN = "is no agency, sector or group"


def found(line: Line, isa=None) -> list[str]:
    told = lint._faults_of_line(line, isa or quillmere(), WORDS)
    return [fault.removeprefix(line.ref).strip(" :") for fault in told]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        *(({"role": role}, []) for role in ("tac_member", "grp_seat", "grp_lead")),
        ({"role": "meeting_guest"}, ["allows the office meeting_guest without an emergency"]),
        ({"role": "ig_officer"}, ["allows the office ig_officer without an emergency"]),
        ({"role": "ig_officer", "ground": "emergency"}, []),
        *(
            ({"role": role, "ground": "emergency"}, ["allows the family"])
            for role in ("parent_carer", "young_person", "grp_family", "family_member")
        ),
        (
            {"role": "any"},
            ["allows any role or ground", "allows the office any without an emergency"],
        ),
        ({"ground": "any"}, ["allows any role or ground"]),
        ({"ground": "own"}, ["allows own between agencies"]),
        ({"cat": "obj_room"}, ["speaks of obj_room"]),
        ({"cat": "any", "purpose": "any", "verb": "any", "src": "any"}, []),
        ({"cat": "cat_health"}, []),
        ({"cat": "health"}, ["cat health is not known"]),
        (
            {"role": "lead"},
            ["role lead is not known", "allows the office lead without an emergency"],
        ),
        ({"purpose": "planning"}, ["purpose planning is not known"]),
        ({"verb": "look"}, ["verb look is not known"]),
        ({"ground": "consent"}, ["ground consent is not known"]),
        ({"src": "tansy_vale", "dst": "sec_health"}, []),
        ({"src": "sec_nowhere"}, [f"sec_nowhere {UNKNOWN}"]),
        ({"dst": "grp_nobody"}, [f"grp_nobody {UNKNOWN}"]),
        ({"dst": "cat_health"}, [f"cat_health {UNKNOWN}"]),
        ({"src": "obj_room", "dst": "x_y"}, [f"obj_room {UNKNOWN}", f"x_y {UNKNOWN}"]),
        ({"dst": "Homes"}, [f"Homes {UNKNOWN}"]),
        ({"cond": "named"}, []),
        ({"cond": "perhaps"}, ["condition perhaps is not known"]),
        ({"eft": "maybe"}, ["effect maybe is not known"]),
        ({"ref": "QEH/a b"}, ["is no reference of QEH"]),
        ({"ref": "ISA/9"}, ["is no reference of QEH"]),
        ({"ref": "QEH9"}, ["is no reference of QEH"]),
        ({"since": "2027-04-01"}, ["ends before it starts"]),
        ({"until": "2026-04-01"}, ["ends before it starts"]),
        ({"since": "2026-4-1"}, ["2026-4-1 to 2027-04-01 are no days"]),
        ({"until": "never"}, ["2026-04-01 to never are no days"]),
        ({"eft": "deny", "role": "any", "ground": "any"}, []),
        ({"eft": "deny", "cond": "named"}, ["forbids under the condition named"]),
        ({"eft": "deny", "cat": "obj_room", "role": "parent_carer"}, []),
    ],
)
def test_a_line_between_agencies_has_just_these_faults(changes, faults):
    assert found(OPEN._replace(**changes)) == faults


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"role": "tac_member"}, []),
        ({"role": "ig_officer"}, ["allows ig_officer information by own"]),
        ({"role": "parent_carer"}, ["allows parent_carer information by own"]),
        ({"ground": "standing"}, ["allows lead_professional information by standing"]),
        ({"cat": "obj_room", "ground": "standing", "role": "ig_officer"}, []),
        ({"cat": "obj_room"}, ["allows obj_room by own"]),
    ],
)
def test_a_line_of_the_house_has_just_these_faults(changes, faults):
    assert found(OF_HOUSE._replace(**changes), house()) == faults


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"ground": "agreed", "role": "young_person"}, []),
        ({"role": "grp_family"}, []),
        ({"role": "family_member"}, []),
        ({"ground": "decided"}, ["allows by decided to sec_family"]),
        ({"dst": "any"}, ["allows by own to any"]),
        ({"role": "grp_seat"}, ["allows grp_seat housing_tenancy"]),
        ({"cat": "obj_room"}, ["allows parent_carer obj_room"]),
    ],
)
def test_a_line_of_the_familys_page_has_just_these_faults(changes, faults):
    assert found(OF_FAMILY._replace(**changes), family()) == faults


@pytest.mark.parametrize("verb", ["edit", "download", "export", "print"])
def test_what_is_let_be_changed_or_taken_must_be_let_be_seen(verb):
    line = OPEN._replace(ref="QEH/8", verb=verb, cat="health_child", src="sec_health")
    unseen = [f"QEH/8 allows to {verb} what it does not let see"]
    view = line._replace(ref="QEH/7", verb="view")

    def across(*lines):
        return list(lint._verbs_without_view(lines, WORDS))

    assert across(line) == unseen
    for seen in (
        view,
        view._replace(verb="any"),
        view._replace(role="grp_lead"),
        view._replace(cat="any"),
        view._replace(cat="cat_health"),
        view._replace(purpose="any"),
        view._replace(src="any"),
        view._replace(dst="any", src="sec_health"),
    ):
        assert across(seen, line) == [], seen
    for narrower in (
        view._replace(eft="deny"),
        view._replace(verb="comment"),
        view._replace(role="tac_member"),
        view._replace(cat="health_development"),
        view._replace(purpose="review"),
        view._replace(src="sec_housing"),
        view._replace(ground="decided"),
        view._replace(cond="named"),
    ):
        assert across(narrower, line) == unseen, narrower
    named = line._replace(cond="named")
    assert across(view._replace(cond="named"), named) == across(view, named) == []
    assert across(view._replace(dst="sec_health"), line) == unseen
    of_group = line._replace(cat="cat_health")
    assert across(view._replace(cat="cat_health_all"), of_group) == []
    assert across(view, of_group) == [unseen[0]]
    assert across(line._replace(cat="obj_room")) == []
    assert across(line._replace(eft="deny")) == []
    assert across(line._replace(verb="assign")) == []


def test_groups_may_be_five_deep_and_no_deeper():
    def circles(count):
        return list(lint._circles([(f"s{n}", f"s{n + 1}") for n in range(count)]))

    assert circles(lint.MAX_DEPTH) == []
    assert circles(lint.MAX_DEPTH + 1) == ["the groups of s0 go in a circle or too deep"]
    assert list(lint._circles([("a", "a")])) == ["the groups of a go in a circle or too deep"]
    assert list(lint._circles([("a", "b"), ("a", "c"), ("c", "d")])) == []


@pytest.mark.parametrize(
    "word", ["eval(p.rule)", "regexMatch(r.cat, p.cat)", "keyMatch(r.cat, p.cat)",
             "globMatch(r.cat, p.cat)", "timeMatch(p.since, p.until)"],
)  # fmt: skip
def test_a_matcher_that_runs_text_or_goes_by_patterns_is_found(word):
    said = f'[matchers]\nm = p.ref != "" && {word}\n'

    assert lint.faults_of_model(said) == [f"the matcher uses {word.partition('(')[0]}{'(' if word.startswith('eval') else ''}"]  # noqa: E501  # fmt: skip


def test_a_clause_names_its_basis_and_for_some_information_a_condition():
    isa = quillmere()

    def of_clause(ref, **changes):
        clause = isa.clause(ref)
        assert clause is not None
        return list(lint._faults_of_clause(replace(clause, **changes), isa, WORDS))

    assert of_clause("QEH/5.1", sentence="", lawful_basis="", condition="") == ["QEH/5.1 has no sentence"]  # noqa: E501  # fmt: skip
    assert of_clause("QEH/3.2", condition="") == []
    assert of_clause("QEH/3.2", lawful_basis="") == ["QEH/3.2 names no lawful basis"]
    missing = "shares special category or criminal information and names no condition"
    assert of_clause("QEH/3.3", condition="") == [f"QEH/3.3 {missing}"]
    assert of_clause("QEH/3.7", condition="") == [f"QEH/3.7 {missing}"]
    clause = isa.clause("QEH/3.3")
    assert clause is not None
    assert list(lint._faults_of_clause(replace(clause, condition=""), house(), WORDS)) == []
    every = replace(clause.terms[0], categories=("any",))
    assert of_clause("QEH/3.3", condition="", terms=(every,)) == [f"QEH/3.3 {missing}"]


def test_a_pack_has_lines_a_code_and_days_in_order():
    isa = quillmere()

    def of_pack(**changes):
        other = replace(isa, **changes)
        return list(lint._faults_of_pack(other, other.lines()))

    assert of_pack() == []
    assert of_pack(clauses=()) == ["QEH has no lines"]
    assert of_pack(starts=isa.ends) == ["QEH ends before it starts"]
    assert of_pack(code="qeh") == ["qeh is no code for an agreement"]
