"""Packs are readable files; what cannot be read is refused with the place."""

from datetime import date

import pytest

from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Kind
from policies.isa import Sort
from policies.packs import BadPack, family, find_pack, house, read_pack
from policies.question import Cell, Question, object_cell
from server.kernel.ids import AgencyCode
from tests.policies.asking import DAY, HEAD, OWN, TABLE, demo_book

ROW = "T/1,any,grp_seat:any,asb,plan,view,agreed,always,allow,,Words.,A basis,A condition\n"


def test_the_agreement_has_every_clause_of_the_demo_in_order():
    refs = [clause.ref for clause in read_pack(find_pack("qeh_3")).clauses]

    assert refs == [
        f"QEH/{number}"
        for number in (
            "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.10", "3.9", "4.1", "4.2",
            "4.3", "5.1", "5.2", "5.3",
        )
    ]  # fmt: skip


def test_the_agreement_runs_between_the_days_it_is_given():
    isa = read_pack(
        find_pack("qeh_3"),
        starts=date(2026, 1, 5),
        ends=date(2027, 1, 5),
        review_on=date(2026, 12, 1),
    )

    assert (isa.code, isa.version, isa.sort) == ("QEH", 3, Sort.ISA)
    assert {(line.since, line.until) for line in isa.lines()} == {("2026-01-05", "2027-01-05")}
    assert isa.review_on == date(2026, 12, 1)


def test_a_row_of_several_words_becomes_several_lines_of_one_reference():
    pack = read_pack(
        HEAD + TABLE + ROW.replace("asb", "asb parenting").replace("view", "view edit")
    )

    assert [(line.ref, line.cat, line.verb) for line in pack.lines()] == [
        ("T/1", "asb", "view"),
        ("T/1", "asb", "edit"),
        ("T/1", "parenting", "view"),
        ("T/1", "parenting", "edit"),
    ]


def test_a_second_row_of_a_reference_adds_a_term_and_no_words():
    pack = read_pack(HEAD + TABLE + ROW + ROW.replace("Words.", "Others.").replace("view", "edit"))

    (clause,) = pack.clauses
    assert clause.sentence == "Words."
    assert [term.verbs for term in clause.terms] == [("view",), ("edit",)]
    assert pack.clause("T/2") is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEAD, "does not begin with its columns"),
        (HEAD + "a,b,c\n", "does not begin with its columns"),
        (HEAD + TABLE + "T/1,any\n", "row 1 has 2 fields, not 13"),
        (HEAD + TABLE + ROW + ROW.strip() + ",more\n", "row 2 has 14 fields, not 13"),
        (HEAD.replace("# code: T\n", "") + TABLE + ROW, "cannot be read: 'code'"),
        (HEAD.replace("1", "one") + TABLE + ROW, "cannot be read"),
        (HEAD.replace("isa", "treaty") + TABLE + ROW, "cannot be read"),
        (HEAD + TABLE + ROW.replace("grp_seat:any", "grp_seat"), "written role:where"),
        (HEAD + TABLE + ROW.replace("asb", '"asb'), "cannot be read"),
        (HEAD + TABLE + "# " + ROW.replace(",any,", ","), "row 1 has 12 fields"),
    ],
)
def test_a_pack_that_cannot_be_read_is_refused_with_the_place(text, fault):
    with pytest.raises(BadPack, match=fault):
        read_pack(text)


def test_every_word_of_a_clause_is_known_by_plain_words():
    words = catalogue()
    known = words.roles.keys() | words.categories.keys() | words.group_words.keys()
    for pack in (house(), family(), read_pack(find_pack("qeh_3"))):
        for line in pack.lines():
            assert {line.role, line.cat, line.src, line.dst} - known <= {"any", *words.objects}


@pytest.mark.parametrize("act", Act, ids=lambda act: act.address)
def test_for_every_act_there_is_somebody_whom_the_house_lets_do_it(act):
    dst = AgencyCode("tansy_vale")
    words = catalogue()
    assert act.verb in words.verbs
    cell = (
        Cell("parenting", dst, OWN, named=True)
        if act.kind is Kind.CONTENT
        else object_cell(act.kind, dst)
    )

    able = {
        role
        for role in words.roles
        if demo_book()
        .answer(
            Question(
                role,
                dst,
                # To keep a child safe is what somebody let in for an emergency stands for.
                (*(words.purposes_of(role) or ("plan",)), "safeguard"),
                act.verb,
                act.kind,
                (cell,),
                DAY,
            )
        )
        .allowed
    }

    assert able
    assert not able & {"analyst", "qa_auditor"}


def test_topics_of_the_form_cover_categories_once_and_leave_out_what_is_not_asked():
    words = catalogue()
    asked = [category for topic in words.topics for category in topic.categories]

    assert len(words.topics) == 9
    assert len(asked) == len(set(asked))
    assert set(asked) <= set(words.categories)
    assert not {"safeguarding_concern", "domestic_abuse"} & set(asked)
    topic = words.topic_of("asb")
    assert topic is not None
    assert topic.words == "Safety nearby"
    assert words.topic_of("domestic_abuse") is None


def test_offices_stand_for_a_purpose_and_places_for_those_they_declare():
    words = catalogue()

    assert words.purposes_of("ig_officer") == ("ig_audit",)
    assert words.purposes_of("lead_professional") == ()
    assert words.purposes_of("nobody") == ()
    assert "safeguard" in words.place_purposes
    assert "ig_audit" not in words.place_purposes
