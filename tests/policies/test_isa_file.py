"""An agreement as one file: written and read back equal, refused as a whole with every fault."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.catalogue import catalogue
from policies.isa import Clause, Covered, Example, Isa, Passage, Recipient, Sort, Term
from policies.isa_file import BadFile, IsaFile, digest_of, read_isa, write_isa
from server.kernel.ids import AgencyCode
from tests.policies.quillmere import SECTORS, quillmere

WORDS = catalogue()
STARTS, ENDS = date(2026, 4, 1), date(2027, 4, 1)
FILE = IsaFile(quillmere(), tuple(SECTORS))
TEXT = write_isa(FILE)

texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=40)
agencies = st.from_regex(r"x[a-z]{2,7}_y[a-z]", fullmatch=True).map(AgencyCode)  # no sec_, grp_


def some(words):
    return st.lists(st.sampled_from(list(words)), min_size=1, max_size=3, unique=True).map(tuple)


recipients = st.builds(
    Recipient, st.sampled_from(["lead_professional", "grp_seat"]), st.just("any") | agencies
)
terms = st.builds(
    Term,
    sources=some(["any", "sec_health", "sec_police"]),
    recipients=st.lists(recipients, min_size=1, max_size=2, unique=True).map(tuple),
    categories=some(WORDS.categories),
    purposes=some(WORDS.purposes),
    verbs=some(WORDS.verbs),
    ground=st.sampled_from(list(WORDS.grounds)),
    cond=st.sampled_from(["always", "named"]),
    effect=st.sampled_from(["allow", "deny"]),
    since=st.just(STARTS),
    until=st.just(ENDS),
)


examples = st.builds(
    Example,
    st.builds(Recipient, st.sampled_from(["tac_member", "grp_seat"]), st.just("any") | agencies),
    st.booleans(),
    st.sampled_from(WORDS.verbs),
    st.sampled_from([*WORDS.categories, "cat_health_all"]),
    st.sampled_from([*WORDS.grounds, "any"]),
    st.sampled_from(["any", "sec_health", "tansy_vale"]),
)


@st.composite
def files(draw):
    clauses = tuple(
        Clause(f"T/{n}", draw(texts), draw(texts), draw(texts), draw(texts), (draw(terms),))
        for n in range(draw(st.integers(1, 4)))
    )
    isa = Isa(
        code="T",
        version=draw(st.integers(1, 900)),
        title=draw(texts.filter(str.strip)),
        sort=Sort.ISA,
        starts=STARTS,
        ends=ENDS,
        review_on=STARTS + timedelta(days=draw(st.integers(0, 365))),
        clauses=clauses,
        text=tuple(draw(st.lists(st.builds(Passage, texts, texts), max_size=3))),
        covers=tuple(
            Covered(code, draw(some(WORDS.purposes)))
            for code in draw(st.lists(st.sampled_from(list(WORDS.categories)), unique=True))
        ),
        examples=tuple(draw(st.lists(examples, max_size=3))),
    )
    parties = draw(st.lists(agencies, unique=True, max_size=4))
    return IsaFile(isa, tuple(parties))


@settings(max_examples=60, deadline=None)
@given(files())
def test_an_agreement_is_read_back_as_it_was_written(file):
    assert read_isa(write_isa(file)) == file
    assert write_isa(read_isa(write_isa(file))) == write_isa(file)


def test_the_agreement_in_force_goes_out_and_comes_back_equal():
    assert read_isa(TEXT) == FILE


def test_what_is_signed_is_text_and_table_and_not_who_else_was_asked():
    assert digest_of(FILE.isa) == digest_of(replace(FILE, parties=()).isa)
    for change in ({"title": "Another"}, {"text": (Passage("Purpose", "Help"),)}):
        assert digest_of(replace(FILE.isa, **change)) != digest_of(FILE.isa)


def lines_of(text: str) -> list[str]:
    with pytest.raises(BadFile) as refused:
        read_isa(text)
    return [str(fault) for fault in refused.value.faults]


def rules_changed(change) -> str:
    raw = json.loads(TEXT)
    rows = ",\n".join(json.dumps(row) for row in change(raw.pop("rules")))
    heads = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in raw.items())
    return f'{{\n{heads},\n"rules": [\n{rows}\n]}}'


def at_first(column: int, word: str):
    return lambda rows: [[*rows[0][:column], word, *rows[0][column + 1 :]], *rows[1:]]


FIRST = 14
"""The line of the first rule in `rules_changed`."""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda rows: [rows[0][:-1], *rows[1:]], "A row of rules has 11 fields, not 10."),
        (at_first(3, "identity_contakt"), "QEH/3.1: cat identity_contakt is not known."),
        (at_first(3, "Identity"), "Identity: words are of a to z and _."),
        (at_first(1, "sec-health"), "sec-health: words are of a to z and _."),
        (at_first(2, "grp_seat"), "An empty word: words are of a to z and _."),
        (at_first(4, ""), "QEH/3.1 leaves a column empty."),
        (at_first(0, "QEH/99"), "QEH/99 is no clause of this agreement."),
        (at_first(10, "2026-04-01"), "QEH/3.1 ends before it starts."),
        (at_first(10, "2031-01-01"), "QEH/3.1 reaches past the days of the agreement."),
        (at_first(9, "yesterday"), "yesterday is no day; write it as 2026-09-30."),
        (at_first(3, "a\x00b"), "There is a sign here that cannot be kept."),
    ],
)
def test_a_rule_at_fault_is_named_by_its_line(change, fault):
    assert f"Line {FIRST}: {fault}" in lines_of(rules_changed(change))


def test_two_rules_that_say_the_same_on_the_same_days_are_a_fault():
    def doubled(rows):
        return [*rows, [*rows[0][:10], "2026-05-01"]]

    (fault,) = lines_of(rules_changed(doubled))

    assert fault.endswith(f"QEH/3.1 says what line {FIRST} says, on the same days.")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (["tac_member", "may", "view", "asb", "any", "any"], "An empty word is no organisation."),
        (["nurse:any", "may", "view", "asb", "any", "any"], "nurse is not known."),
        (
            ["tac_member:any", "can", "view", "asb", "any", "any"],
            "can is neither of: may, may never.",
        ),
        (["tac_member:any", "may", "peek", "asb", "any", "any"], "peek is not known."),
        (
            ["any:any", "may", "view", "asb", "any", "any"],
            "A sentence that somebody may names her role.",
        ),
        (["tac_member:any", "may", "view", "asb"], "A row of tests has 6 fields, not 4."),
    ],
)
def test_a_sentence_at_fault_is_named_by_its_line(row, fault):
    text = TEXT.rstrip().removesuffix("}").rstrip() + f',\n"tests": [\n{json.dumps(row)}\n]}}\n'
    assert lines_of(text) == [f"Line {text.count(chr(10)) - 1}: {fault}"]


def test_an_agreement_without_sentences_has_the_hash_it_was_signed_by():
    assert '"tests"' not in TEXT


def test_the_same_rule_on_days_one_after_the_other_is_none():
    def split(rows):
        return [[*rows[0][:10], "2026-05-01"], *rows[1:], [*rows[0][:9], "2026-05-01", rows[0][10]]]

    assert len(read_isa(rules_changed(split)).isa.lines()) == len(FILE.isa.lines()) + 3


def test_every_fault_is_told_at_once():
    def two_short(rows):
        return [rows[0][:-1], rows[1], rows[2][:3], *rows[3:]]

    assert [one.partition(":")[0] for one in lines_of(rules_changed(two_short))] == [
        f"Line {FIRST}",
        f"Line {FIRST + 2}",
    ]


def test_ten_thousand_lines_are_refused_and_quickly():
    assert "at most 2000" in "".join(lines_of(rules_changed(lambda rows: rows[:1] * 10_000)))
    words = [" ".join(some) for some in (WORDS.categories, WORDS.purposes, WORDS.verbs)]
    days = [STARTS.isoformat(), ENDS.isoformat()]
    wide = ["QEH/3.1", "any", "grp_seat:any", *words, "standing", "always", "allow", *days]
    assert any(
        "5000 lines" in one for one in lines_of(rules_changed(lambda rows: [wide, wide, *rows]))
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "Line 1: “{” is expected here."),
        ("[]", "Line 1: “{” is expected here."),
        ('{"code": "T"\n"title": "x"}', "Line 2: “,” is expected here."),
        ("{1: 2}", "Line 1: A name in quotes is expected here."),
        ("{[" + "[" * 20_000, "Line 1: This is not JSON."),
        (TEXT + "x", f"Line {TEXT.count(chr(10)) + 1}: Something stands after the end."),
        ("x" * (4 * 1024 * 1024 + 1), "Line 1: The file is larger than any agreement."),
    ],
)
def test_what_is_no_such_file_is_refused_where_it_breaks_off(text, fault):
    assert lines_of(text) == [fault]


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ('"code": "QEH"', '"code": "HOUSE"', "HOUSE is no code for an agreement."),
        ('"version": 3', '"version": "3"', "The version is a whole number from 1."),
        ('"ends": "2027-04-01"', '"ends": "2026-01-01"', "The agreement ends before it starts."),
        ('"review_on": "2027-04-01"', '"review_on": "2028-04-01"', "The review is not between"),
        ('"title": "Quill', '"titel": "Quill', "titel is not known here."),
        ('"parties": [', '"parties": [["sec_health"],', "sec_health is no code for an organ"),
        ('"code"', '"code": "A", "code"', "code stands twice."),
        ("tacroom-isa-1", "tacroom-isa-2", "The format is not tacroom-isa-1."),
        ('"text": []', '"text": [["Purpose", "\\ud800"]]', "There is a sign here"),
        ('"covers": []', '"covers": [["asb", "plan"], ["asb", "plann"]]', "plann is not known."),
        ('"covers": []', '"covers": [["asb", "plan"], ["asb", "plan"]]', "asb stands twice."),
    ],
)
def test_a_fault_in_the_head_of_a_file_is_told(was, becomes, fault):
    assert was in TEXT
    assert fault in "\n".join(lines_of(TEXT.replace(was, becomes, 1)))
