"""One agreement as one file of JSON: its text, its list of information, its clauses and rules.

What is written is read back equal. Each clause and each rule stands on a line of its own, so that
a fault is told by its line. A file with any fault is refused as a whole. Signatures are never in
a file: whoever is party to what comes out of it signs here.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from math import prod

from policies.catalogue import catalogue
from policies.file_lines import Fault, Row, Told, Unreadable, members_of
from policies.isa import ANY, Clause, Covered, Example, Isa, Line, Passage, Recipient, Sort, Term
from policies.lint import is_agency_code, unknown_words
from policies.matrix import digest
from server.kernel.ids import AgencyCode

FORMAT = "tacroom-isa-1"
BYTES_AT_MOST = 4 * 1024 * 1024
ROWS_AT_MOST = 2000
LINES_AT_MOST = 5000
"""How many lines the rules may come to, every combination of their words counted."""

TITLE_AT_MOST = 200
REFERENCE_AT_MOST = 64
SINGLE = ("format", "code", "version", "title", "starts", "ends", "review_on")
LISTS: Mapping[str, tuple[str, ...]] = {
    "parties": ("agency",),
    "text": ("heading", "words"),
    "covers": ("category", "purposes"),
    "clauses": ("ref", "sentence", "lawful_basis", "condition", "agreed"),
    "rules": (
        "ref", "from", "to", "categories", "purposes", "verbs", "ground", "cond", "effect",
        "since", "until",
    ),
    "tests": ("to", "may", "verb", "category", "ground", "from"),
}  # fmt: skip
MAY = {"may": True, "may never": False}
_CODE = re.compile(r"[A-Z0-9.-]{1,40}")
_WORD = re.compile(r"[a-z_]+")
_OWN = frozenset({"HOUSE", "FAMILY"})


@dataclass(frozen=True, slots=True)
class IsaFile:
    """An agreement with the organisations that are asked to be party to it."""

    isa: Isa
    parties: tuple[AgencyCode, ...]


class BadFile(ValueError):
    """A file was refused; `faults` has every fault, each with the line on which it stands."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep the faults in the order of their lines."""
        self.faults = tuple(sorted(faults))
        super().__init__("; ".join(str(fault) for fault in self.faults))


def write_isa(file: IsaFile) -> str:
    """Return the file's text; equal agreements have equal text."""
    isa = file.isa
    single = {
        "format": FORMAT,
        "code": isa.code,
        "version": isa.version,
        "title": isa.title,
        "starts": isa.starts.isoformat(),
        "ends": isa.ends.isoformat(),
        "review_on": isa.review_on.isoformat(),
    }
    lists: dict[str, list[tuple[str, ...]]] = {
        "parties": [(party,) for party in file.parties],
        "text": [(one.heading, one.words) for one in isa.text],
        "covers": [(one.category, " ".join(one.purposes)) for one in isa.covers],
        "clauses": [
            (one.ref, one.sentence, one.lawful_basis, one.condition, one.agreed)
            for one in isa.clauses
        ],
        "rules": [_rule(one.ref, term) for one in isa.clauses for term in one.terms],
    }
    if isa.examples:  # none were kept at first: what was signed then has the same hash for ever
        lists["tests"] = [_test(one) for one in isa.examples]
    parts = [f"  {_json(name)}: {_json(value)}" for name, value in single.items()]
    for name, rows in lists.items():
        inside = ",\n".join(f"    {_json(list(row))}" for row in rows)
        parts.append(f"  {_json(name)}: [\n{inside}\n  ]" if rows else f"  {_json(name)}: []")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def digest_of(isa: Isa) -> str:
    """Return the SHA-256, in hexadecimal, of text, table and dates: what a party signs."""
    return digest(write_isa(IsaFile(isa, ())).encode())


def read_isa(text: str) -> IsaFile:
    """Read an agreement from a file's text.

    Words must be known, windows of days neither empty nor overlapping. Whether every rule has a
    lawful basis, and what else makes an agreement ready to be signed, is the draft's to show.

    Raises:
        BadFile: something is wrong; every fault is told by its line.
    """
    if len(text.encode("utf-8", "replace")) > BYTES_AT_MOST:
        raise BadFile([Fault(1, "The file is larger than any agreement.")])
    try:
        told = members_of(text, SINGLE, LISTS, may_lack=("tests",))
    except Unreadable as wrong:
        raise BadFile([wrong.fault]) from wrong
    faults = [*told.faults, *_too_long(told)]
    if faults:
        raise BadFile(faults)
    days = _Days()
    heads = {name: told.single[name][1] for name in SINGLE}
    starts, ends, review_on = (days.read(*told.single[n]) for n in ("starts", "ends", "review_on"))
    terms = [(row, _term(row, days)) for row in told.lists["rules"]]
    faults = [*days.faults, *_faults_of_heads(told), *_faults_of_rows(told)]
    if faults:
        raise BadFile(faults)
    isa = Isa(
        code=str(heads["code"]),
        version=int(str(heads["version"])),
        title=str(heads["title"]),
        sort=Sort.ISA,
        starts=starts,
        ends=ends,
        review_on=review_on,
        clauses=_clauses(told, terms),
        text=tuple(Passage(*row.fields) for row in told.lists["text"]),
        covers=tuple(Covered(row.fields[0], _split(row, 1)) for row in told.lists["covers"]),
        examples=tuple(map(_example, told.lists["tests"])),
    )
    faults = [*_faults_of_terms(isa, terms), *_overlaps(isa, terms)]
    if faults:
        raise BadFile(list(dict.fromkeys(faults)))
    return IsaFile(isa, tuple(AgencyCode(row.fields[0]) for row in told.lists["parties"]))


# ---------------------------------------------------------------- to and from rows


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rule(ref: str, term: Term) -> tuple[str, ...]:
    recipients = " ".join(f"{one.role}:{one.at}" for one in term.recipients)
    words = (term.sources, term.categories, term.purposes, term.verbs)
    sources, categories, purposes, verbs = (" ".join(some) for some in words)
    since, until = term.since.isoformat(), term.until.isoformat()
    named = (term.ground, term.cond, term.effect)
    return (ref, sources, recipients, categories, purposes, verbs, *named, since, until)


def _test(one: Example) -> tuple[str, ...]:
    who = f"{one.recipient.role}:{one.recipient.at}"
    may = next(words for words, may in MAY.items() if may is one.may)
    return (who, may, one.verb, one.category, one.ground, one.source)


def _example(row: Row) -> Example:
    who, may, verb, category, ground, source = row.fields
    return Example(_recipient(who), MAY[may], verb, category, ground, source)


class _Days:
    """Reads days, and keeps the fault of each that is none."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def read(self, line: int, value: object) -> date:
        try:
            if isinstance(value, str) and len(value) == len("2026-01-01"):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.faults.append(Fault(line, f"{value} is no day; write it as 2026-09-30."))
        return date.min


def _split(row: Row, column: int) -> tuple[str, ...]:
    return tuple(row.fields[column].split())


def _term(row: Row, days: _Days) -> Term:
    return Term(
        sources=_split(row, 1),
        recipients=tuple(_recipient(word) for word in _split(row, 2)),
        categories=_split(row, 3),
        purposes=_split(row, 4),
        verbs=_split(row, 5),
        ground=row.fields[6],
        cond=row.fields[7],
        effect=row.fields[8],
        since=days.read(row.line, row.fields[9]),
        until=days.read(row.line, row.fields[10]),
    )


def _recipient(word: str) -> Recipient:
    role, _, at = word.partition(":")
    return Recipient(role, at)


def _clauses(told: Told, terms: Sequence[tuple[Row, Term]]) -> tuple[Clause, ...]:
    of_ref: dict[str, list[Term]] = {}
    for row, term in terms:
        of_ref.setdefault(row.fields[0], []).append(term)
    return tuple(
        Clause(ref, sentence, lawful_basis, condition, agreed, tuple(of_ref[ref]))
        for ref, sentence, lawful_basis, condition, agreed in (
            row.fields for row in told.lists["clauses"]
        )
    )


# ---------------------------------------------------------------- faults


def _too_long(told: Told) -> Iterator[Fault]:
    for name, rows in told.lists.items():
        if len(rows) > ROWS_AT_MOST:
            words = f"{name} has {len(rows)} rows; an agreement has at most {ROWS_AT_MOST}."
            yield Fault(rows[ROWS_AT_MOST].line, words)


def _faults_of_heads(told: Told) -> Iterator[Fault]:
    value = {name: found for name, (_, found) in told.single.items()}
    line = {name: at for name, (at, _) in told.single.items()}
    if value["format"] != FORMAT:
        yield Fault(line["format"], f"The format is not {FORMAT}.")
    if not _CODE.fullmatch(str(value["code"])) or value["code"] in _OWN:
        yield Fault(line["code"], f"{value['code']} is no code for an agreement.")
    version = value["version"]
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 10**6:
        yield Fault(line["version"], "The version is a whole number from 1.")
    title = value["title"]
    if not isinstance(title, str) or not title.strip() or len(title) > TITLE_AT_MOST:
        yield Fault(line["title"], f"Give a title of at most {TITLE_AT_MOST} letters.")
    starts, ends, review = (str(value[name]) for name in ("starts", "ends", "review_on"))
    if not starts < ends:
        yield Fault(line["ends"], "The agreement ends before it starts.")
    elif not starts <= review <= ends:
        yield Fault(line["review_on"], "The review is not between the first and the last day.")


def _faults_of_rows(told: Told) -> Iterator[Fault]:
    words = catalogue()
    yield from _twice(told, "parties")
    yield from _twice(told, "covers")
    yield from _twice(told, "clauses")
    for row in told.lists["parties"]:
        if not is_agency_code(row.fields[0]):
            yield Fault(row.line, f"{row.fields[0]} is no code for an organisation.")
    for row in told.lists["covers"]:
        unknown = {row.fields[0]} - set(words.categories)
        for word in sorted(unknown | (set(_split(row, 1)) - set(words.purposes))):
            yield Fault(row.line, f"{word} is not known.")
    yield from chain.from_iterable(map(_faults_of_test, told.lists["tests"]))
    refs = {row.fields[0] for row in told.lists["clauses"]}
    ruled = {row.fields[0] for row in told.lists["rules"]}
    for row in told.lists["clauses"]:
        if len(row.fields[0]) > REFERENCE_AT_MOST:
            yield Fault(row.line, f"A reference has at most {REFERENCE_AT_MOST} letters.")
        if row.fields[0] not in ruled:
            yield Fault(row.line, f"{row.fields[0]} has no rule.")
    for row in told.lists["rules"]:
        if row.fields[0] not in refs:
            yield Fault(row.line, f"{row.fields[0]} is no clause of this agreement.")


def _faults_of_test(row: Row) -> Iterator[Fault]:
    words = catalogue()
    who, may, verb, category, ground, source = row.fields
    recipient = _recipient(who)
    if may not in MAY:
        yield Fault(row.line, f"{may} is neither of: {', '.join(MAY)}.")
    for word, known in (
        (recipient.role, {*words.roles, "grp_seat", "grp_lead", "grp_family", ANY}),
        (verb, words.verbs),
        (category, {*words.categories, *(one for one in words.group_words if one[:4] == "cat_")}),
        (ground, {*words.grounds, ANY}),
    ):
        if word not in known:
            yield Fault(row.line, f"{word or 'An empty word'} is not known.")
    for place in (recipient.at, source):
        if place not in {*words.group_words, ANY} and not is_agency_code(place):
            yield Fault(row.line, f"{place or 'An empty word'} is no organisation.")
    if recipient.role == ANY and MAY.get(may):
        yield Fault(row.line, "A sentence that somebody may names her role.")


def _twice(told: Told, name: str) -> Iterator[Fault]:
    met: set[str] = set()
    for row in told.lists[name]:
        if row.fields[0] in met:
            yield Fault(row.line, f"{row.fields[0]} stands twice.")
        met.add(row.fields[0])


def _faults_of_terms(isa: Isa, terms: Sequence[tuple[Row, Term]]) -> Iterator[Fault]:
    count = 0
    for row, term in terms:
        count += prod(len(some) for some in _words_of(term))
        if count > LINES_AT_MOST:
            yield Fault(row.line, f"The rules come to more than {LINES_AT_MOST} lines.")
            return
    for row, term in terms:
        if not all(_words_of(term)):
            yield Fault(row.line, f"{row.fields[0]} leaves a column empty.")
        if not term.since < term.until:
            yield Fault(row.line, f"{row.fields[0]} ends before it starts.")
        elif not isa.starts <= term.since < term.until <= isa.ends:
            yield Fault(row.line, f"{row.fields[0]} reaches past the days of the agreement.")
        said = chain(*_words_of(term), (term.ground, term.cond, term.effect))
        for word in chain.from_iterable((one,) if isinstance(one, str) else one for one in said):
            if not _WORD.fullmatch(word):
                yield Fault(row.line, f"{word or 'An empty word'}: words are of a to z and _.")
        alone = Clause(row.fields[0], "", "", "", "", (term,))
        for text in dict.fromkeys(
            text for line in _lines(alone, isa) for text in unknown_words(line, isa, catalogue())
        ):
            yield Fault(row.line, f"{text}.")


def _overlaps(isa: Isa, terms: Sequence[tuple[Row, Term]]) -> Iterator[Fault]:
    """Give rows that say of the same thing what another says, on some of the same days."""
    met: dict[tuple[str, ...], list[tuple[Term, int]]] = {}
    if sum(prod(len(some) for some in _words_of(term)) for _, term in terms) > LINES_AT_MOST:
        return
    for row, term in terms:
        found: set[int] = set()
        for line in _lines(Clause(row.fields[0], "", "", "", "", (term,)), isa):
            key = (*line[:9], line.eft)
            for other, at in met.get(key, ()):
                if other.since < term.until and term.since < other.until and at != row.line:
                    found.add(at)
            met.setdefault(key, []).append((term, row.line))
        for at in sorted(found):
            yield Fault(row.line, f"{row.fields[0]} says what line {at} says, on the same days.")


def _words_of(term: Term) -> tuple[Sequence[str | Recipient], ...]:
    return (term.sources, term.recipients, term.categories, term.purposes, term.verbs)


def _lines(clause: Clause, isa: Isa) -> tuple[Line, ...]:
    return replace(isa, clauses=(clause,)).lines()
