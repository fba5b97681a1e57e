"""What differs between two versions of an agreement: every class of questions, and no other."""

import random
from dataclasses import replace
from datetime import date

import pytest

from policies.catalogue import catalogue
from policies.checking import classes_of, random_request, read_cell
from policies.compiling import compile_matrix, segments
from policies.difference import Turn, between
from policies.isa import Isa
from policies.matrix import Matrix
from policies.packs import find_pack, house, read_pack
from tests.policies.asking import DAY, matrix_of
from tests.policies.quillmere import SECTORS, quillmere
from tests.policies.test_lint import changed
from tests.policies.wide import wide_isa

WORDS = catalogue()
AGENCIES = {**{str(code): of for code, of in SECTORS.items()}, "family": "family", "corn": "gp"}


def from_text(*exchanged: tuple[str, str], without: str = "") -> Isa:
    """Return the agreement with words of its text exchanged, or without the rows of a clause."""
    text = find_pack("qeh_3")
    for old, new in exchanged:
        assert old in text
        text = text.replace(old, new)
    rows = [row for row in text.splitlines() if not (without and row.startswith(f"{without},"))]
    return read_pack("\n".join(rows), starts=date(2026, 4, 1), ends=date(2027, 4, 1))


def differ(new: Isa):
    return between([matrix_of(quillmere())], [matrix_of(new)])


def words_of(difference, field: str) -> set[str]:
    return {word for change in difference.changes for word in getattr(change, field)}


def test_a_version_does_not_differ_from_itself():
    difference = differ(quillmere())

    assert difference.changes == ()
    assert not difference.is_narrowing


def test_a_clause_taken_out_is_lost_and_nothing_else():
    difference = differ(from_text(without="QEH/3.5"))

    assert difference.is_narrowing
    assert {change.turn for change in difference.changes} == {Turn.LOST}
    assert {said.ref for change in difference.changes for said in change.before} == {"QEH/3.5"}
    assert words_of(difference, "categories") == {"housing_tenancy"}
    assert words_of(difference, "roles") == {"lead_professional", "tac_member"}
    assert words_of(difference, "verbs") == {"view", "download", "edit", "assign"}
    assert difference.cells(Turn.LOST) > 10
    assert difference.cells(Turn.GAINED) == 0


def test_a_category_added_to_a_clause_is_gained_by_those_it_names():
    difference = differ(from_text(("housing_tenancy,plan", "housing_tenancy asb,plan")))

    assert not difference.is_narrowing
    assert {change.turn for change in difference.changes} == {Turn.GAINED}
    assert words_of(difference, "categories") == {"asb"}
    assert all("sec_housing" in one for one in words_of(difference, "sources"))
    assert difference.cells(Turn.GAINED) > 10


def test_another_reference_is_a_change_and_no_narrowing():
    difference = differ(from_text(("QEH/3.5", "QEH/3.55")))

    assert {change.turn for change in difference.changes} == {Turn.CHANGED}
    assert not difference.is_narrowing


def test_another_ground_opens_under_it_even_where_the_class_was_open_before():
    difference = differ(changed(quillmere(), "QEH/3.5", ground="standing"))

    assert {change.turn for change in difference.changes} == {Turn.CHANGED}
    assert {change.opened for change in difference.changes} == {frozenset({"standing"})}
    assert {change.shut for change in difference.changes} == {frozenset({"agreed"})}
    assert not difference.is_narrowing


def test_what_is_no_longer_forbidden_is_no_narrowing_though_nothing_opens():
    difference = differ(from_text(without="QEH/5.3"))
    # An officer in an emergency would see more; to everybody with a place nothing opens.
    of_places = [change for change in difference.changes if "ig_officer" not in change.roles]

    assert {change.turn for change in of_places} == {Turn.CHANGED}
    assert not any(change.only_takes_away for change in of_places)
    assert not difference.is_narrowing


def test_one_more_thing_forbidden_is_a_narrowing():
    denies = ("QEH/5.1,any,any:sec_police,cat_health_all", "QEH/5.1,any,any:sec_police,any")

    assert differ(from_text(denies)).is_narrowing


def test_a_narrowing_with_one_thing_gained_is_none():
    text = [("grp_seat:sec_housing,asb police_community_safety", "grp_seat:sec_police,asb")]

    assert not differ(from_text(*text)).is_narrowing


def test_equal_differences_have_equal_digests_and_others_have_others():
    one, again = (differ(from_text(without="QEH/3.5")) for _ in range(2))
    other = differ(from_text(without="QEH/3.6"))

    assert one == again
    assert one.digest == again.digest
    assert len(one.digest) == 64
    assert one.digest != other.digest
    assert list(one.changes) == sorted(one.changes)


def test_a_longer_term_gains_the_days_after_the_old_end():
    longer = replace(quillmere(), ends=date(2027, 5, 1))
    longer = read_pack(find_pack("qeh_3"), starts=longer.starts, ends=longer.ends)

    difference = between(spans_of(quillmere()), spans_of(longer), since=DAY)

    assert {(change.since, change.until) for change in difference.changes} == {
        (date(2027, 4, 1), date(2027, 5, 1))
    }
    assert {change.turn for change in difference.changes} <= {Turn.GAINED, Turn.CHANGED}
    assert {change.turn for change in between([], spans_of(longer), since=DAY).changes} == {
        Turn.GAINED,
        Turn.CHANGED,
    }


def test_an_earlier_end_is_no_narrowing_since_it_takes_what_is_forbidden_with_it():
    shorter = read_pack(find_pack("qeh_3"), starts=date(2026, 4, 1), ends=date(2026, 10, 1))

    difference = between(spans_of(quillmere()), spans_of(shorter), since=DAY)

    assert difference.cells(Turn.LOST) > 100
    assert difference.cells(Turn.GAINED) == 0
    assert not difference.is_narrowing


def spans_of(isa: Isa) -> list[Matrix]:
    """Return the matrices of an agreement between its days."""
    lines = isa.lines()
    return [
        compile_matrix(isa.code, lines, span, WORDS)
        for span in segments(lines)
        if isa.starts <= span[0] < isa.ends
    ]


def test_two_agreements_have_no_difference():
    with pytest.raises(ValueError, match="one agreement"):
        between([matrix_of(quillmere())], [matrix_of(house())])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (quillmere(), from_text(("QEH/3.5,sec_housing", "QEH/3.5,bramblegate"), without="QEH/5.1")),
        (wide_isa(1, 30), wide_isa(2, 30)),
    ],
    ids=["the demo's", "wide"],
)
def test_a_question_is_answered_otherwise_just_where_the_difference_says_so(old, new):
    """Random questions to both versions, most of them near a line of one of them."""
    was, is_now = matrix_of(old), matrix_of(new)
    difference = between([was], [is_now])
    rng = random.Random(11)
    own = [classes_of(matrix, AGENCIES, WORDS) for matrix in (was, is_now)]
    joint = classes_of(replace(was, codes=difference.codes), AGENCIES, WORDS)
    seen = {True: 0, False: 0}
    for count in range(1_500):
        lines, matrix = ((old.lines(), was), (new.lines(), is_now))[count % 2]
        asked = random_request(rng, lines, matrix, WORDS, AGENCIES)
        asked = asked._replace(role="tac_member" if asked.role == "none" else asked.role)
        if asked.force == "no" or asked.ground == "none":
            continue
        read = [
            read_cell(matrix, asked._replace(excl="no", marker="no"), classes)
            for matrix, classes in zip((was, is_now), own, strict=True)
        ]
        found = [
            change
            for change in difference.changes
            if asked.role in change.roles
            and joint[asked.dst] in change.recipients
            and asked.purpose in change.purposes
            and asked.cat in change.categories
            and joint[asked.src] in change.sources
            and asked.named in change.named
            and asked.verb in change.verbs
            and {said for said in change.before if said.ground == asked.ground}
            != {said for said in change.after if said.ground == asked.ground}
        ]
        seen[bool(found)] += 1
        assert len(found) == (read[0] != read[1])

    assert seen[True] > 40
    assert seen[False] > 100
