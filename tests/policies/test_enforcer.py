"""Casbin's traps, each met by a lock of ours: whatever goes wrong is a no with a name."""

import threading

import pytest

from policies import enforcer
from policies.catalogue import catalogue
from policies.enforcer import Fail, Pack, Request, Verdict, decide, guards, links_of, model_text
from policies.isa import Line
from policies.packs import house
from tests.policies.asking import DAY
from tests.policies.quillmere import SECTORS, quillmere

WORDS = catalogue()
AGENCIES: dict[str, str] = {**{str(code): of for code, of in SECTORS.items()}, "family": "family"}
HEALTH_FOR_THE_LEAD = Request(
    "lead_professional", "health_child", "plan", "view", "agreed", "quillmere_hv", "tansy_vale",
    "no", "yes", "no", "no", DAY.isoformat(),
)  # fmt: skip


def qeh(**changes) -> Pack:
    return Pack(quillmere().lines(), links_of(WORDS, AGENCIES), AGENCIES, **changes)


def line(**changes) -> Line:
    plain = Line(
        "QEH/1", "grp_seat", "asb", "plan", "view", "agreed", "any", "any", "always",
        "2026-01-01", "2027-01-01", "allow",
    )  # fmt: skip
    return plain._replace(**changes)


def pack_of(*lines: Line, **changes) -> Pack:
    return Pack(lines, links_of(WORDS, AGENCIES), AGENCIES, **changes)


def test_the_clause_that_allows_is_named():
    assert decide(qeh(), HEALTH_FOR_THE_LEAD) == Verdict(allowed=True, ref="QEH/3.3")


def test_the_clause_that_forbids_is_named():
    for_police = HEALTH_FOR_THE_LEAD._replace(dst="quillmere_police")

    assert decide(qeh(), for_police) == Verdict(allowed=False, ref="QEH/5.1")


def test_where_no_clause_speaks_the_answer_is_no():
    money = HEALTH_FOR_THE_LEAD._replace(cat="immigration")

    assert decide(qeh(), money) == Verdict(allowed=False, ref="NO-CLAUSE")


@pytest.mark.parametrize(
    ("state", "guard"),
    [
        ({"role": "none"}, "GUARD-MEMBER"),
        ({"excl": "a_list"}, "GUARD-EXCLUDED"),
        ({"marker": "a_marker"}, "GUARD-MARKED"),
        ({"force": "no"}, "GUARD-FORCE"),
        ({"ground": "none"}, "GUARD-GROUND"),
    ],
)
def test_each_guard_alone_shuts_what_was_open(state, guard):
    assert decide(qeh(), HEALTH_FOR_THE_LEAD._replace(**state)) == Verdict(allowed=False, ref=guard)


@pytest.mark.parametrize(
    "state",
    [{"role": "none"}, {"excl": "x"}, {"marker": "x"}, {"force": "no"}, {"ground": "none"}],
)
def test_without_its_guard_lines_a_pack_opens_nothing_more(state, monkeypatch):
    monkeypatch.setattr(enforcer, "guards", tuple)

    assert decide(qeh(), HEALTH_FOR_THE_LEAD).allowed
    assert not decide(qeh(), HEALTH_FOR_THE_LEAD._replace(**state)).allowed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "grp_seat"),  # a group's own name would gain the group
        ("role", "lead"),
        ("cat", "cat_health"),
        ("cat", "helth_child"),
        ("purpose", "any"),
        ("verb", "view_all_and_export"),  # a prefix match would take it for view
        ("ground", "consent"),
        ("src", "sec_health"),
        ("src", "somewhere"),
        ("dst", "nowhere"),
        ("named", "perhaps"),
        ("force", "soon"),
        ("day", "17 June"),
    ],
)
def test_an_unknown_word_is_refused_before_casbin_sees_it(field, value):
    pack = qeh()

    verdict = decide(pack, HEALTH_FOR_THE_LEAD._replace(**{field: value}))

    assert verdict == Verdict(allowed=False, ref=Fail.UNKNOWN)


def test_names_asked_about_are_not_kept():
    pack = qeh()
    before = len(pack.enforcer.rm_map["g3"].all_roles)

    for number in range(50):
        decide(pack, HEALTH_FOR_THE_LEAD._replace(src=f"agency_{'x' * number}"))

    assert len(pack.enforcer.rm_map["g3"].all_roles) == before


def test_an_empty_word_is_refused_though_casbin_would_match_it():
    assert decide(qeh(), HEALTH_FOR_THE_LEAD._replace(excl="")) == Verdict(
        allowed=False, ref=Fail.EMPTY
    )


@pytest.mark.parametrize("value", [None, 1, True, ["view"], object()])
def test_anything_but_plain_text_is_refused(value):
    assert decide(qeh(), HEALTH_FOR_THE_LEAD._replace(verb=value)) == Verdict(
        allowed=False, ref=Fail.NOT_TEXT
    )


def test_text_that_brings_its_own_methods_is_refused():
    class Cunning(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = str.__hash__

    assert decide(qeh(), HEALTH_FOR_THE_LEAD._replace(verb=Cunning("view"))) == Verdict(
        allowed=False, ref=Fail.NOT_TEXT
    )


@pytest.mark.parametrize("request_", [(), HEALTH_FOR_THE_LEAD[:-1], (*HEALTH_FOR_THE_LEAD, "x")])
def test_a_question_of_the_wrong_length_is_refused(request_):
    assert decide(qeh(), request_) == Verdict(allowed=False, ref=Fail.ARITY)


def test_a_disabled_enforcer_allows_nothing():
    pack = qeh()
    pack.enforcer.enable_enforce(False)  # noqa: FBT003  Casbin's own call

    assert decide(pack, HEALTH_FOR_THE_LEAD) == Verdict(allowed=False, ref=Fail.DISABLED)


def test_a_pack_without_lines_allows_nothing():
    assert decide(qeh(), HEALTH_FOR_THE_LEAD, ()) == Verdict(allowed=False, ref=Fail.NO_LINES)


def test_one_short_line_makes_every_answer_no_and_never_yes():
    pack = pack_of(line(), tuple(line())[:-2])  # type: ignore[arg-type]

    assert decide(pack, HEALTH_FOR_THE_LEAD) == Verdict(allowed=False, ref=Fail.ERROR)


def test_a_yes_without_an_allowing_line_is_a_no(monkeypatch):
    pack = qeh()
    forbidding = list(line(eft="deny"))
    for answer in [(True, []), (True, forbidding), (1, list(line()))]:
        monkeypatch.setattr(pack.enforcer, "enforce_ex", lambda *_, answer=answer: answer)

        assert not decide(pack, HEALTH_FOR_THE_LEAD).allowed

    monkeypatch.setattr(pack.enforcer, "enforce_ex", lambda *_: (True, []))
    assert decide(pack, HEALTH_FOR_THE_LEAD) == Verdict(allowed=False, ref=Fail.NO_LINE)


def test_forbidding_wins_wherever_it_stands():
    both = [line(), line(ref="QEH/9", eft="deny")]
    asked = HEALTH_FOR_THE_LEAD._replace(cat="asb")

    assert decide(pack_of(*both), asked).ref == "QEH/9"
    assert decide(pack_of(*reversed(both)), asked).ref == "QEH/9"


def test_a_line_said_twice_loses_no_line_beside_it():
    pack = pack_of(line(), line(), line(ref="QEH/9", eft="deny"))

    assert decide(pack, HEALTH_FOR_THE_LEAD._replace(cat="asb")).ref == "QEH/9"


def test_a_clause_holds_from_its_first_day_and_no_longer_on_its_last():
    pack = pack_of(line(since="2026-03-01", until="2026-04-01"))
    asked = HEALTH_FOR_THE_LEAD._replace(cat="asb")

    seen = {
        day: decide(pack, asked._replace(day=day)).allowed
        for day in ("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01")
    }

    assert seen == {
        "2026-02-28": False, "2026-03-01": True, "2026-03-31": True, "2026-04-01": False,
    }  # fmt: skip


@pytest.mark.parametrize("change", [{"role": "any"}, {"ground": "any"}])
def test_the_matcher_itself_refuses_an_allowing_line_for_any_role_or_ground(change):
    pack = pack_of(line(**change))

    assert not decide(pack, HEALTH_FOR_THE_LEAD._replace(cat="asb")).allowed


def test_a_line_without_a_reference_matches_nothing():
    pack = pack_of(line(ref=""), line(ref="", eft="deny"))

    assert decide(pack, HEALTH_FOR_THE_LEAD._replace(cat="asb")).ref == "NO-CLAUSE"


def test_a_link_taken_away_is_seen_at_once_by_the_kept_matcher():
    pack = qeh()
    asked = HEALTH_FOR_THE_LEAD._replace(dst="quillmere_sn", role="tac_member")
    assert decide(pack, asked).allowed

    pack.enforcer.rm_map["g3"].delete_link("quillmere_sn", "sec_school_nursing")

    assert not decide(pack, asked).allowed


def test_the_kept_matcher_answers_as_the_stock_enforcer_does():
    kept, stock = qeh(), qeh(stock=True)
    for category in list(WORDS.categories)[::3]:
        for dst in ("tansy_vale", "quillmere_hv", "quillmere_police"):
            for ground in ("agreed", "decided"):
                asked = HEALTH_FOR_THE_LEAD._replace(cat=category, dst=dst, ground=ground)
                asked = asked._replace(named="yes", purpose="plan")

                assert decide(kept, asked) == decide(stock, asked), asked


def test_the_matcher_is_parsed_once():
    pack = qeh()
    decide(pack, HEALTH_FOR_THE_LEAD)
    (first,) = pack.enforcer._trees.values()
    decide(pack, HEALTH_FOR_THE_LEAD._replace(cat="asb"))

    assert list(pack.enforcer._trees.values()) == [first]


def test_a_pack_of_its_own_in_every_thread_answers_right():
    wrong: list[Verdict] = []

    def ask() -> None:
        pack = pack_of(line())
        asked = HEALTH_FOR_THE_LEAD._replace(cat="asb")
        for _ in range(50):
            for request, expected in ((asked, True), (asked._replace(verb="edit"), False)):
                verdict = decide(pack, request)
                if verdict.allowed is not expected:
                    wrong.append(verdict)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong


def test_nothing_in_the_model_runs_text_or_matches_by_pattern():
    assert not any(word in model_text() for word in ("eval", "Match", "regex"))


def test_the_guards_stand_first_and_forbid_whatever_the_day():
    assert [guard.eft for guard in guards()] == ["deny"] * 5
    assert qeh().lines[:5] == guards()
    assert {(guard.since, guard.until) for guard in guards()} == {("0001-01-01", "9999-12-31")}


def test_the_house_pack_knows_objects_and_the_agreement_does_not():
    invite = Request(
        "lead_professional", "obj_seat", "plan", "create", "standing", "tansy_vale", "tansy_vale",
        "no", "yes", "no", "no", DAY.isoformat(),
    )  # fmt: skip
    of_house = Pack(house().lines(), links_of(WORDS, AGENCIES), AGENCIES)

    assert decide(of_house, invite).ref == "HOUSE/A.5"
    assert decide(qeh(), invite).ref == "NO-CLAUSE"
