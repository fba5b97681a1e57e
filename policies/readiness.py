"""What still keeps a draft from being sent to its parties, told at the rule that is at fault.

Rule: ADR-0007, and the ICO's data sharing code, annex A: every rule names its lawful basis, special
category and criminal-offence information a condition, and nothing is wider than the text says.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from policies import lint
from policies.catalogue import Catalogue
from policies.draft import Rule, rules_of, with_rules
from policies.isa import ANY, Covered, Isa
from policies.isa_file import IsaFile
from policies.matrix import closure
from server.kernel.ids import AgencyCode

REVIEW_WITHIN = timedelta(days=366)
PARTIES_AT_LEAST = 2
_WATCHING = frozenset({"meeting_guest", "qa_auditor", "analyst", "ig_officer", "dpo_caldicott"})
_CHANGING = frozenset({"edit", "create", "assign", "withdraw", "share", ANY})


class AtRow(NamedTuple):
    """A fault, and the row of the grid it stands in; None: it is of the whole agreement."""

    row: int | None
    words: str


def faults_of_draft(file: IsaFile, words: Catalogue) -> list[AtRow]:
    """Return everything that must be put right first, row by row; none means ready."""
    isa = file.isa
    rules = rules_of(isa)
    found = [AtRow(None, text) for text in _faults_of_whole(file)]
    told: set[str] = set()
    for row, rule in enumerate(rules):
        texts = dict.fromkeys([*_alone(isa, rule, words), *_beside_others(file, rule, words)])
        told.update(texts)
        found += [AtRow(row, text) for text in texts]
    for text in dict.fromkeys(lint.faults_of(isa, words)):
        if text not in told:
            found.append(AtRow(_row_of(text, rules), text))
    return found


def _categories(words: Catalogue) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return every category with the words by which a rule may mean it."""
    groups = closure(words.category_links)
    return tuple(
        (code, frozenset({code, ANY}) | groups.get(code, frozenset())) for code in words.categories
    )


def _faults_of_whole(file: IsaFile) -> Iterator[str]:
    isa = file.isa
    if len(file.parties) < PARTIES_AT_LEAST:
        yield "Name at least two organisations as parties."
    if not isa.text:
        yield "The agreement has no text."
    for passage in isa.text:
        if not passage.words.strip():
            yield f"Nothing is written under “{passage.heading}”."
    if not isa.covers:
        yield "The agreement does not list the information it is about."
    if isa.review_on - isa.starts > REVIEW_WITHIN:
        yield "The review is more than twelve months after the first day."


def _alone(isa: Isa, rule: Rule, words: Catalogue) -> Iterator[str]:
    for text in lint.faults_of(with_rules(isa, [rule]), words):
        # Whether one may see what one may change is asked of all rules together.
        if not text.endswith("what it does not let see"):
            yield text


def _beside_others(file: IsaFile, rule: Rule, words: Catalogue) -> Iterator[str]:
    term = rule.term
    known = set(words.group_words) | {ANY}
    ends = {*term.sources, *(one.at for one in term.recipients)}
    for code in sorted(ends - known):
        if AgencyCode(code) not in file.parties:
            yield f"{rule.ref}: {code} is not a party."
    if term.effect != "allow":
        return
    for recipient in term.recipients:
        if recipient.role in _WATCHING and _CHANGING & set(term.verbs):
            role = words.roles.get(recipient.role, recipient.role)
            yield f"{rule.ref}: the {role} may look, and change nothing."
    yield from _wider(file.isa, rule, words)


def _wider(isa: Isa, rule: Rule, words: Catalogue) -> Iterator[str]:
    """Give what a rule opens past the list of information that stands in the text."""
    listed = {one.category: set(one.purposes) for one in isa.covers}
    for code, meant in _categories(words):
        if not meant & set(rule.term.categories):
            continue
        about = words.categories[code]
        if code not in listed:
            yield f"{rule.ref} is wider than the text: “{about}” is not listed there."
        for purpose in sorted(set(rule.term.purposes) - listed.get(code, set())):
            if code in listed:
                what_for = words.purposes.get(purpose, "anything")
                yield f"{rule.ref} is wider than the text: “{about}” is not for “{what_for}”."


def _row_of(text: str, rules: tuple[Rule, ...]) -> int | None:
    ref = text.partition(" ")[0].rstrip(":")
    return next((row for row, rule in enumerate(rules) if rule.ref == ref), None)


def as_wide_as_rules(isa: Isa, words: Catalogue) -> Isa:
    """Return the agreement with a list of information, if it has none yet, drawn from its rules."""
    if isa.covers:
        return isa
    covers = []
    for code, meant in _categories(words):
        purposes = dict.fromkeys(
            purpose
            for rule in rules_of(isa)
            if rule.term.effect == "allow" and meant & set(rule.term.categories)
            for purpose in rule.term.purposes
        )
        if purposes:
            covers.append(Covered(code, tuple(purposes)))
    return replace(isa, covers=tuple(covers))
