"""Sentences kept with an agreement: what holds of its rules, and what does not."""

from dataclasses import replace

import pytest

from policies.catalogue import catalogue
from policies.draft import rules_of, take_rule
from policies.examples import try_examples
from policies.isa import ANY, Example, Recipient
from tests.policies.asking import matrix_of
from tests.policies.quillmere import SECTORS, quillmere

WORDS = catalogue()
NURSE = Recipient("tac_member", "sec_school_nursing")
POLICE = Recipient("grp_seat", "sec_police")


def may(who: Recipient, verb: str, about: str, ground: str, source: str = ANY) -> Example:
    return Example(who, may=True, verb=verb, category=about, ground=ground, source=source)


def never(who: Recipient, verb: str, about: str) -> Example:
    return Example(who, may=False, verb=verb, category=about)


def holds(example: Example, isa=None) -> bool:
    told = replace(isa or quillmere(), examples=(example,))
    [tried] = try_examples(told, [matrix_of(told)], WORDS, SECTORS)
    return tried.holds


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        (may(NURSE, "view", "health_child", "agreed"), True),
        (may(NURSE, "view", "cat_health", "agreed"), True),
        (may(NURSE, "view", "health_child", "standing"), False),
        (may(NURSE, "export", "health_child", "agreed"), False),
        (never(NURSE, "view", "health_child"), False),
        (never(POLICE, "export", "domestic_abuse"), True),
        (never(POLICE, "view", "cat_health_all"), True),
        (never(POLICE, "view", "identity_contact"), False),
        (never(Recipient(ANY, ANY), "view", "sexual_health"), True),
        (never(Recipient(ANY, ANY), "view", "health_child"), False),
        (
            may(Recipient("grp_seat", "sec_health"), "view", "health_child", "agreed"),
            True,
        ),
        (may(Recipient("tac_member", "bramblegate"), "view", "asb", "agreed"), True),
        (never(Recipient("tac_member", "bramblegate"), "view", "send"), True),
        (may(NURSE, "view", "health_child", "agreed", "sec_health"), True),
        (may(NURSE, "view", "health_child", "agreed", "sec_police"), False),
    ],
)
def test_a_sentence_holds_as_the_rules_say(example, expected):
    assert holds(example) is expected


def test_a_sentence_fails_once_the_rule_it_stands_on_is_taken_out():
    isa = quillmere()
    denies = next(n for n, one in enumerate(rules_of(isa)) if one.ref == "QEH/3.3")
    sentence = may(NURSE, "view", "health_child", "agreed")
    assert holds(sentence, isa)
    assert not holds(sentence, take_rule(isa, denies))


def test_a_sentence_has_to_hold_on_every_day():
    isa = replace(quillmere(), examples=(may(NURSE, "view", "health_child", "agreed"),))
    nothing = replace(matrix_of(isa), root=None, nodes=(), leaves=())
    assert not try_examples(isa, [matrix_of(isa), nothing], WORDS, SECTORS)[0].holds
    assert not try_examples(isa, [], WORDS, SECTORS)[0].holds
