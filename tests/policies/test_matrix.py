"""The matrix says what Casbin says, cell by cell, and is nothing else than what Casbin said."""

import random
import time

import pytest

from policies import checking, compiling
from policies.catalogue import catalogue
from policies.checking import classes_of, compare, random_request, read_cell, sample
from policies.compiling import CompileFault, class_cells, compile_matrix, revision_of, segments
from policies.enforcer import Pack, Request, Verdict, links_of
from policies.isa import FIRST_DAY, LAST_DAY, Line
from policies.matrix import closure, digest, read_matrix
from policies.packs import family, house
from tests.policies.asking import DAY, matrix_of
from tests.policies.quillmere import SECTORS, quillmere
from tests.policies.wide import wide_isa

WORDS = catalogue()
AGENCIES: dict[str, str] = {
    **{str(code): of for code, of in SECTORS.items()},
    "family": "family",
    "maple_wood": "education",
    "corn_street": "gp",
}
PACKS = [house(), family(), quillmere(), wide_isa(1, 30)]


def named(pack) -> str:
    return f"{pack.code}-{len(pack.clauses)}"


def verdicts(lines, matrix, requests):
    pack = Pack(lines, links_of(WORDS, AGENCIES), AGENCIES)
    classes = classes_of(matrix, AGENCIES, WORDS)
    return [found for found in compare(matrix, pack, requests, classes) if found]


def random_requests(pack, count, seed):
    rng = random.Random(seed)
    lines, matrix = pack.lines(), matrix_of(pack)
    return [random_request(rng, lines, matrix, WORDS, AGENCIES) for _ in range(count)]


def concrete(pack, count, seed):
    requests = random_requests(pack, count, seed)
    assert not verdicts(pack.lines(), matrix_of(pack), requests)
    classes = classes_of(matrix_of(pack), AGENCIES, WORDS)
    return [read_cell(matrix_of(pack), request, classes) for request in requests]


@pytest.mark.parametrize("pack", PACKS, ids=named)
def test_a_matrix_and_a_full_scan_give_the_same_answer_and_reason(pack):
    read = concrete(pack, 400, seed=7)

    assert sum(verdict.allowed for verdict in read) > 20
    assert sum(verdict.ref == "NO-CLAUSE" for verdict in read) > 20


@pytest.mark.long
@pytest.mark.parametrize("pack", [*PACKS, wide_isa(2, 60), wide_isa(3, 200)], ids=named)
def test_a_matrix_and_a_full_scan_agree_on_thousands_of_questions(pack, rounds):
    began = time.process_time()
    count = rounds(8_000)

    read = concrete(pack, count, seed=random.randrange(10**9))

    allowed = sum(verdict.allowed for verdict in read)
    print(
        f"{pack.code:<8}{len(pack.lines()):>5} lines {count:>7,} questions {allowed:>6,} allowed"
        f" 0 differences {time.process_time() - began:>7.1f} s"
    )


@pytest.mark.parametrize("pack", [house(), family(), quillmere()], ids=named)
def test_every_class_of_a_matrix_is_what_casbin_says_with_all_lines(pack):
    matrix = matrix_of(pack)

    asked, cells, classes = class_cells(pack.lines(), DAY, WORDS)
    # A part of the largest; `make long` and `tacroom policy check` ask them all.
    some = cells[:: 1 + len(cells) // 400]

    assert len(cells) > 10
    assert [found for found in compare(matrix, asked, some, classes) if found] == []


@pytest.mark.long
@pytest.mark.parametrize("pack", [quillmere(), wide_isa(1, 60), wide_isa(2, 60)], ids=named)
def test_every_single_class_is_what_casbin_says_with_all_lines(pack):
    matrix = matrix_of(pack)
    asked, cells, classes = class_cells(pack.lines(), DAY, WORDS)

    found = [one for one in compare(matrix, asked, cells, classes) if one]

    print(f"{named(pack)}: {len(cells):,} classes, {len(found)} differences")
    assert not found


@pytest.mark.parametrize("pack", [family(), house(), quillmere()], ids=named)
def test_classes_asked_one_by_one_give_the_same_matrix(pack):
    span = segments(pack.lines())[0 if pack.starts == FIRST_DAY else 1]

    alone = compile_matrix(pack.code, pack.lines(), span, WORDS, share=False)

    assert alone == compile_matrix(pack.code, pack.lines(), span, WORDS)


@pytest.mark.long
@pytest.mark.parametrize("pack", [wide_isa(1, 60), wide_isa(2, 60), wide_isa(3, 200)], ids=named)
def test_classes_of_wide_agreements_asked_one_by_one_give_the_same_matrix(pack):
    alone = compile_matrix(pack.code, pack.lines(), (FIRST_DAY, LAST_DAY), WORDS, share=False)

    assert alone == matrix_of(pack)


def test_a_matrix_comes_back_from_its_bytes_as_it_was():
    matrix = matrix_of(quillmere())

    assert read_matrix(matrix.to_bytes()) == matrix
    assert digest(read_matrix(matrix.to_bytes()).to_bytes()) == digest(matrix.to_bytes())


def test_bytes_of_another_format_are_no_matrix():
    with pytest.raises(ValueError, match="format"):
        read_matrix(b'{"format":2}')


def test_a_pack_that_says_nothing_is_a_matrix_without_a_root():
    lines = [line for line in quillmere().lines() if line.eft == "nothing"]

    empty = compile_matrix("QEH", lines, (FIRST_DAY, LAST_DAY), WORDS)

    assert empty.root is None
    assert empty.walk(empty.root, "tac_member") is None


def test_a_line_that_the_matcher_refuses_leaves_no_trace_in_the_matrix():
    for change in ({"role": "any"}, {"ground": "any"}):
        line = quillmere().lines()[0]._replace(**change)

        assert compile_matrix("QEH", [line], (DAY, LAST_DAY), WORDS).root is None


def test_an_agency_added_after_the_compile_falls_under_its_sectors_denies():
    matrix = matrix_of(quillmere())
    later = {**AGENCIES, "second_police": "police", "second_health": "gp"}
    lines = quillmere().lines()
    pack = Pack(lines, links_of(WORDS, later), later)
    asked = Request(
        "lead_professional", "health_child", "plan", "view", "agreed", "second_health",
        "second_police", "no", "yes", "no", "no", DAY.isoformat(),
    )  # fmt: skip

    (found,) = compare(matrix, pack, [asked], classes_of(matrix, later, WORDS))

    assert found is None
    classes = classes_of(matrix, later, WORDS)
    assert read_cell(matrix, asked, classes) == Verdict(allowed=False, ref="QEH/5.1")
    assert read_cell(matrix, asked._replace(dst="tansy_vale"), classes).ref == "QEH/3.3"


def test_a_clause_that_names_one_agency_reaches_no_other_of_its_sector():
    line = Line(
        "T/1", "grp_seat", "asb", "plan", "view", "agreed", "quillmere_police", "bramblegate",
        "always", "2000-01-01", "9999-12-31", "allow",
    )  # fmt: skip
    matrix = compile_matrix("T", [line], (FIRST_DAY, LAST_DAY), WORDS)
    agencies = {**AGENCIES, "other_homes": "housing"}
    classes = classes_of(matrix, agencies, WORDS)
    asked = Request(
        "tac_member", "asb", "plan", "view", "agreed", "quillmere_police", "bramblegate",
        "no", "yes", "no", "no", DAY.isoformat(),
    )  # fmt: skip

    assert read_cell(matrix, asked, classes).allowed
    assert not read_cell(matrix, asked._replace(dst="other_homes"), classes).allowed


def test_a_clause_of_its_own_days_makes_spans_of_its_own():
    lines = [
        *quillmere().lines(),
        quillmere().lines()[0]._replace(ref="QEH/9", since="2026-08-01", until="2026-09-01"),
    ]

    spans = segments(lines)

    assert [since.isoformat() for since, _ in spans] == [
        "2000-01-01", "2026-04-01", "2026-08-01", "2026-09-01", "2027-04-01",
    ]  # fmt: skip
    assert len({revision_of(lines, WORDS, since) for since, _ in spans}) == 5


def test_a_revision_changes_with_every_line():
    lines = quillmere().lines()

    assert revision_of(lines, WORDS, DAY) != revision_of(lines[:-1], WORDS, DAY)
    assert revision_of(lines, WORDS, DAY) == revision_of(lines, WORDS, DAY)


def test_nothing_is_compiled_when_casbin_fails(monkeypatch):
    monkeypatch.setattr(compiling, "decide", lambda *_: Verdict(allowed=False, ref="FAIL-ERROR"))

    with pytest.raises(CompileFault, match="FAIL-ERROR"):
        compile_matrix("HOUSE", house().lines(), (FIRST_DAY, LAST_DAY), WORDS)


def test_the_sample_finds_a_matrix_that_allows_one_thing_more():
    matrix = matrix_of(quillmere())
    wrong = read_matrix(matrix.to_bytes().replace(b'"allow":0', b'"allow":1'))

    assert sample(matrix, quillmere().lines(), WORDS, count=100, seed=3) == []
    assert sample(wrong, quillmere().lines(), WORDS, count=300, seed=3)


def test_every_class_compared_finds_a_matrix_that_lost_a_way():
    pack = house()
    lost = read_matrix(matrix_of(pack).to_bytes().replace(b'"lead_professional":', b'"lead":'))

    asked, cells, classes = class_cells(pack.lines(), DAY, WORDS)

    assert [found for found in compare(lost, asked, cells[::3], classes) if found]


def test_groups_within_groups_are_followed_and_circles_end():
    assert closure((("a", "b"), ("b", "c"))) == {"a": {"b", "c"}, "b": {"c"}}
    assert closure((("a", "b"), ("b", "a"))) == {"a": {"b"}, "b": {"a"}}


def test_a_random_question_of_an_empty_pack_is_still_a_known_one():
    request = random_request(random.Random(1), (), matrix_of(quillmere()), WORDS, AGENCIES)

    assert Pack((), links_of(WORDS, AGENCIES), AGENCIES).knows(request)


def test_the_sample_is_as_large_as_promised():
    assert checking.SAMPLE == 200
