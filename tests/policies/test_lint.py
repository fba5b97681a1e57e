"""What must never come into force is found by reading, before anything is compiled."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from policies import lint
from policies.catalogue import catalogue
from policies.enforcer import model_text
from policies.isa import Isa, Recipient
from policies.packs import family, house
from tests.policies.quillmere import quillmere

WORDS = catalogue()


def changed(isa: Isa, ref: str, *, clause: Mapping[str, str] | None = None, **term) -> Isa:
    """Return the pack with the first term of one clause, or its words, changed."""
    old = isa.clause(ref)
    assert old is not None
    terms = (replace(old.terms[0], **term), *old.terms[1:])
    new = replace(replace(old, terms=terms), **(clause or {}))  # type: ignore[arg-type]
    clauses = tuple(new if one.ref == ref else one for one in isa.clauses)
    return replace(isa, clauses=clauses)


def faults(isa: Isa) -> str:
    return "\n".join(lint.faults_of(isa, WORDS))


@pytest.mark.parametrize("isa", [house(), family(), quillmere()], ids=lambda isa: isa.code)
def test_our_own_packs_have_no_faults(isa):
    assert lint.faults_of(isa, WORDS) == []


def test_the_model_has_no_faults():
    assert lint.faults_of_model(model_text()) == []


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ('"any"', '"r.any"', 'the matcher compares with "r.any"'),
        ('"any"', '"a!b"', 'the matcher compares with "a!b"'),
        ("p.verb == r.verb", "r.src == r.dst", "the matcher compares r.src with r"),
        ("p.verb == r.verb", "regexMatch(r.verb, p.verb)", "the matcher uses regexMatch"),
        ("p.verb == r.verb", "eval(p.verb)", "the matcher uses eval("),
    ],
)
def test_what_casbin_would_read_otherwise_than_written_is_found_in_the_model(was, becomes, fault):
    assert fault in lint.faults_of_model(model_text().replace(was, becomes))


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ({"ground": "own"}, "QEH/3.5 allows own between agencies"),
        ({"ground": "any"}, "QEH/3.5 allows any role or ground"),
        ({"ground": "consent"}, "QEH/3.5: ground consent is not known"),
        ({"recipients": (Recipient("any", "any"),)}, "QEH/3.5 allows any role or ground"),
        ({"recipients": (Recipient("ig_officer", "any"),)}, "office ig_officer without an emerg"),
        ({"recipients": (Recipient("grp_family", "any"),)}, "QEH/3.5 allows the family"),
        ({"recipients": (Recipient("lead", "any"),)}, "QEH/3.5: role lead is not known"),
        ({"recipients": (Recipient("grp_seat", "grp_x"),)}, "grp_x is no agency, sector or group"),
        ({"categories": ("obj_room",)}, "QEH/3.5 speaks of obj_room"),
        ({"categories": ("housing",)}, "QEH/3.5: cat housing is not known"),
        ({"purposes": ("planning",)}, "QEH/3.5: purpose planning is not known"),
        ({"verbs": ("look",)}, "QEH/3.5: verb look is not known"),
        ({"sources": ("Bramble Gate",)}, "Bramble Gate is no agency, sector or group"),
        ({"cond": "perhaps"}, "QEH/3.5: condition perhaps is not known"),
        ({"effect": "maybe"}, "QEH/3.5: effect maybe is not known"),
        ({"verbs": ("download",)}, "QEH/3.5 allows to download what it does not let see"),
        ({"effect": "deny"}, "QEH/3.5 both allows and forbids"),
    ],
)
def test_a_clause_between_agencies_that_goes_too_far_is_found(term, fault):
    assert fault in faults(changed(quillmere(), "QEH/3.5", **term))


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({"sentence": ""}, "QEH/3.3 has no sentence"),
        ({"lawful_basis": ""}, "QEH/3.3 names no lawful basis"),
        ({"condition": ""}, "QEH/3.3 shares special category or criminal information and names no"),
        ({"ref": "QEH 3.3"}, "QEH 3.3 is no reference of QEH"),
        ({"ref": "ISA/3.3"}, "ISA/3.3 is no reference of QEH"),
    ],
)
def test_a_clause_without_its_words_is_found(words, fault):
    assert fault in faults(changed(quillmere(), "QEH/3.3", clause=words))


def test_special_category_information_in_a_group_needs_its_condition_too():
    wide = changed(quillmere(), "QEH/4.3", clause={"condition": ""})

    assert "QEH/4.3 shares special category" in faults(wide)


def test_a_clause_that_forbids_only_those_who_are_not_named_is_found():
    assert "QEH/5.1 forbids under the condition named" in faults(
        changed(quillmere(), "QEH/5.1", cond="named")
    )


def test_days_that_end_before_they_start_are_found():
    isa = quillmere()
    term = isa.clauses[0].terms[0]

    turned = changed(isa, "QEH/3.1", since=term.until, until=term.since)
    whole = replace(isa, starts=isa.ends, ends=isa.starts)

    assert "QEH/3.1 ends before it starts" in faults(turned)
    assert "QEH ends before it starts" in faults(whole)


def test_a_line_without_days_is_found():
    class NoDay:
        @staticmethod
        def isoformat() -> str:
            return "tomorrow"

    assert "are no days" in faults(changed(quillmere(), "QEH/3.1", since=NoDay()))


@pytest.mark.parametrize(
    ("ref", "term", "fault"),
    [
        ("HOUSE/O.1", {"ground": "standing"}, "HOUSE/O.1 allows grp_seat information by standing"),
        (
            "HOUSE/O.1",
            {"recipients": (Recipient("ig_officer", "any"),)},
            "HOUSE/O.1 allows ig_officer information by own",
        ),
        ("HOUSE/A.1", {"ground": "own"}, "HOUSE/A.1 allows obj_room by own"),
    ],
)
def test_a_house_rule_that_goes_too_far_is_found(ref, term, fault):
    assert fault in faults(changed(house(), ref, **term))


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ({"ground": "standing"}, "FAMILY/1.1 allows by standing to sec_family"),
        (
            {"recipients": (Recipient("grp_family", "any"),)},
            "FAMILY/1.1 allows by own to any",
        ),
        (
            {"recipients": (Recipient("grp_seat", "sec_family"),)},
            "FAMILY/1.1 allows grp_seat cat_family_page",
        ),
    ],
)
def test_a_rule_of_the_familys_page_that_goes_too_far_is_found(term, fault):
    assert fault in faults(changed(family(), "FAMILY/1.1", **term))


def test_an_empty_pack_is_found():
    empty = replace(quillmere(), clauses=())

    assert "QEH has no lines" in faults(empty)


def test_a_code_that_is_none_is_found():
    assert "q e h is no code for an agreement" in faults(replace(quillmere(), code="q e h"))


def test_groups_in_a_circle_and_groups_too_deep_are_found():
    circle = replace(WORDS, role_links=(("a", "b"), ("b", "c"), ("c", "a")))
    chain = tuple((f"s_{n}", f"s_{n + 1}") for n in range(7))
    deep = replace(WORDS, sector_links=chain)

    assert len(lint.faults_of_links(circle)) == 3
    assert lint.faults_of_links(deep) == [
        f"the groups of {first} go in a circle or too deep" for first in ("s_0", "s_1")
    ]


@pytest.mark.parametrize("code", ["grp_seat", "sec_health", "obj_room", "x_1", "Upper", "", "any"])
def test_an_agency_may_not_be_called_like_a_group(code):
    assert not lint.is_agency_code(code)


def test_an_agencys_plain_code_is_fine():
    assert lint.is_agency_code("tansy_vale")
