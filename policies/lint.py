"""Reads a pack for what must never be put in force, before anything is compiled.

Rule: ADR-0007. The matcher refuses most of this as well; both stay.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from policies.catalogue import Catalogue, sector_code
from policies.isa import ANY, Clause, Isa, Line, Sort
from policies.matrix import closure

_CODE = re.compile(r"[a-z_]+")
_REFERENCE = re.compile(r"[A-Z0-9/.-]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LITERAL = re.compile(r'"([^"]*)"')
_COMPARED = re.compile(r"\br\.(\w+)\s*(?:==|!=|<|<=)\s*r\.")
_PREFIXES = ("grp_", "cat_", "sec_", "obj_", "x_")
_SEATS = frozenset({"lead_professional", "tac_member", "grp_seat", "grp_lead"})
_FAMILY = frozenset({"parent_carer", "young_person", "grp_family", "family_member"})
_NEEDS_CONDITION = frozenset({"special", "criminal"})
MAX_DEPTH = 5
"""Groups within groups. Casbin cuts chains of more than ten silently, and a deny with them."""


def faults_of(isa: Isa, words: Catalogue) -> list[str]:
    """Return every fault of a pack as a sentence that names its clause; none means sound."""
    lines = isa.lines()
    return [
        *_faults_of_pack(isa, lines),
        *(fault for clause in isa.clauses for fault in _faults_of_clause(clause, isa, words)),
        *(fault for line in lines for fault in _faults_of_line(line, isa, words)),
        *_verbs_without_view(lines, words),
        *faults_of_links(words),
    ]


def faults_of_links(words: Catalogue) -> list[str]:
    """Return circles and chains too deep among the groups."""
    return [
        fault
        for links in (words.role_links, words.category_links, words.sector_links)
        for fault in _circles(links)
    ]


def faults_of_model(text: str) -> list[str]:
    """Return what in the matcher's text Casbin would read otherwise than it is written.

    Casbin rewrites the text before reading it, quoted words too; and class-cells rest on no
    field of the request ever being compared with another.
    """
    matcher = text.partition("[matchers]")[2]
    faults = [
        f'the matcher compares with "{literal}"'
        for literal in _LITERAL.findall(matcher)
        if literal and not _CODE.fullmatch(literal)
    ]
    faults += [f"the matcher compares r.{name} with r" for name in _COMPARED.findall(matcher)]
    faults += [
        f"the matcher uses {word}"
        for word in ("eval(", "regexMatch", "keyMatch", "globMatch", "timeMatch")
        if word in matcher
    ]
    return faults


def is_agency_code(code: str) -> bool:
    """Return whether a code can stand for an agency: a group's name would gain the group."""
    return _CODE.fullmatch(code) is not None and not code.startswith(_PREFIXES) and code != ANY


# ---------------------------------------------------------------- packs and clauses


def _faults_of_pack(isa: Isa, lines: Sequence[Line]) -> Iterator[str]:
    if not lines:
        yield f"{isa.code} has no lines"
    if not isa.starts < isa.ends:
        yield f"{isa.code} ends before it starts"
    if not _REFERENCE.fullmatch(isa.code):
        yield f"{isa.code} is no code for an agreement"


def _faults_of_clause(clause: Clause, isa: Isa, words: Catalogue) -> Iterator[str]:
    ref = clause.ref
    if not clause.sentence:
        yield f"{ref} has no sentence"
    if len({term.effect for term in clause.terms}) > 1:
        yield f"{ref} both allows and forbids"
    if clause.denies:
        return
    if not clause.lawful_basis:
        yield f"{ref} names no lawful basis"
    groups = closure(words.category_links)
    named = {category for term in clause.terms for category in term.categories}
    sorts = {
        words.sorts[code]
        for code in words.categories
        if named & ({code, ANY} | groups.get(code, frozenset()))
    }
    if isa.sort is Sort.ISA and sorts & _NEEDS_CONDITION and not clause.condition:
        yield f"{ref} shares special category or criminal information and names no condition"


# ---------------------------------------------------------------- lines


def _faults_of_line(line: Line, isa: Isa, words: Catalogue) -> Iterator[str]:
    yield from unknown_words(line, isa, words)
    yield from _wrong_dates(line)
    if line.eft == "deny":
        if line.cond != "always":
            yield f"{line.ref} forbids under the condition {line.cond}"
        return
    if ANY in (line.role, line.ground):
        yield f"{line.ref} allows any role or ground"
    yield from {Sort.ISA: _of_isa, Sort.HOUSE: _of_house, Sort.FAMILY: _of_family}[isa.sort](line)


def _of_isa(line: Line) -> Iterator[str]:
    if line.ground == "own":
        yield f"{line.ref} allows own between agencies"
    if line.role not in _SEATS and line.ground != "emergency":
        yield f"{line.ref} allows the office {line.role} without an emergency"
    if line.role in _FAMILY:
        yield f"{line.ref} allows the family"
    if line.cat.startswith("obj_"):
        yield f"{line.ref} speaks of {line.cat}"


def _of_house(line: Line) -> Iterator[str]:
    if line.cat.startswith("obj_"):
        if line.ground != "standing":
            yield f"{line.ref} allows {line.cat} by {line.ground}"
    elif line.ground != "own" or line.role not in _SEATS:
        yield f"{line.ref} allows {line.role} information by {line.ground}"


def _of_family(line: Line) -> Iterator[str]:
    if line.ground not in ("own", "agreed") or line.dst != sector_code("family"):
        yield f"{line.ref} allows by {line.ground} to {line.dst}"
    if line.role not in _FAMILY or line.cat.startswith("obj_"):
        yield f"{line.ref} allows {line.role} {line.cat}"


def unknown_words(line: Line, isa: Isa, words: Catalogue) -> Iterator[str]:
    """Give what in a line is no known word, no code or no reference of its agreement."""
    groups = {code for _, code in words.sector_links} | set(map(sector_code, words.sectors))
    known = {
        "role": set(words.roles) | {g for _, g in words.role_links},
        "cat": set(words.categories) | set(words.objects) | {g for _, g in words.category_links},
        "purpose": set(words.purposes),
        "verb": set(words.verbs),
        "ground": set(words.grounds),
    }
    for field, values in known.items():
        if getattr(line, field) not in values | {ANY}:
            yield f"{line.ref}: {field} {getattr(line, field)} is not known"
    for code in (line.src, line.dst):
        if code != ANY and code not in groups and not is_agency_code(code):
            yield f"{line.ref}: {code} is no agency, sector or group"
    if line.cond not in ("always", "named"):
        yield f"{line.ref}: condition {line.cond} is not known"
    if line.eft not in ("allow", "deny"):
        yield f"{line.ref}: effect {line.eft} is not known"
    if not _REFERENCE.fullmatch(line.ref) or not line.ref.startswith(f"{isa.code}/"):
        yield f"{line.ref} is no reference of {isa.code}"


def _wrong_dates(line: Line) -> Iterator[str]:
    if not (_DAY.fullmatch(line.since) and _DAY.fullmatch(line.until)):
        yield f"{line.ref}: {line.since} to {line.until} are no days"
    elif not line.since < line.until:
        yield f"{line.ref} ends before it starts"


# ---------------------------------------------------------------- across lines


def _verbs_without_view(lines: Iterable[Line], words: Catalogue) -> Iterator[str]:
    """Editing, downloading or exporting what one may not see makes no sense and hides a slip."""
    allows = [line for line in lines if line.eft == "allow" and not line.cat.startswith("obj_")]
    views = [line for line in allows if line.verb in ("view", ANY)]
    categories = closure(words.category_links)
    groups = [
        closure(words.role_links),
        categories | _group_parents(categories),
        closure(words.sector_links),
    ]
    plainly = {view._replace(ref="", verb="") for view in views}
    for line in allows:
        if line.verb not in ("edit", "download", "export", "print"):
            continue
        if line._replace(ref="", verb="") in plainly:
            continue
        if not any(_covers(view, line, groups) for view in views):
            yield f"{line.ref} allows to {line.verb} what it does not let see"


def _covers(view: Line, line: Line, groups: Sequence[dict[str, frozenset[str]]]) -> bool:
    roles, categories, sectors = groups

    def at_least(wide: str, narrow: str, above: dict[str, frozenset[str]]) -> bool:
        return wide in (ANY, narrow) or wide in above.get(narrow, frozenset())

    return (
        at_least(view.role, line.role, roles)
        and at_least(view.cat, line.cat, categories)
        and at_least(view.purpose, line.purpose, {})
        and at_least(view.src, line.src, sectors)
        and at_least(view.dst, line.dst, sectors)
        and view.ground == line.ground
        and view.cond in ("always", line.cond)
    )


def _group_parents(above: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return for every group the groups that hold all of its members."""
    groups = frozenset().union(*above.values())
    members = {group: {m for m, of in above.items() if group in of} for group in groups}
    return {
        group: frozenset(other for other in groups if members[group] <= members[other])
        for group in groups
    }


def _circles(links: Sequence[tuple[str, str]]) -> Iterator[str]:
    up: dict[str, set[str]] = {}
    for member, group in links:
        up.setdefault(member, set()).add(group)

    def depth(code: str, path: tuple[str, ...]) -> int:
        if code in path or len(path) > MAX_DEPTH:
            return MAX_DEPTH + 1
        return 1 + max((depth(group, (*path, code)) for group in up.get(code, ())), default=-1)

    for member in sorted(up):
        if depth(member, ()) > MAX_DEPTH:
            yield f"the groups of {member} go in a circle or too deep"
