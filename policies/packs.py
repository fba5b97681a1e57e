"""Reads packs: the files of `policies/isas`, one readable table each, into agreements.

A file begins with lines `# name: value` (code, version, title, sort), then a table of terms.
Words in one field are separated by spaces, recipients are written `role:where`. A row that
repeats a reference adds a term to that clause; its words stand in the clause's first row.
"""

import csv
from datetime import date
from importlib.resources import files
from itertools import takewhile

from policies.isa import FIRST_DAY, LAST_DAY, Clause, Isa, Recipient, Sort, Term

COLUMNS = (
    "ref", "from", "to", "categories", "purposes", "verbs", "ground", "cond", "effect",
    "agreed", "sentence", "lawful_basis", "condition",
)  # fmt: skip


class BadPack(ValueError):
    """A pack's text cannot be read; the message says where."""


def find_pack(name: str) -> str:
    """Return the text of one of the packs that come with the product: `house`, `qeh_3`."""
    return files("policies").joinpath("isas", f"{name}.csv").read_text("utf-8")


def house() -> Isa:
    """Return the house's own rules."""
    return read_pack(find_pack("house"))


def family() -> Isa:
    """Return the rules of the family's page."""
    return read_pack(find_pack("family"))


def read_pack(
    text: str,
    *,
    starts: date = FIRST_DAY,
    ends: date = LAST_DAY,
    review_on: date | None = None,
) -> Isa:
    """Read an agreement from its text, to run from the start of `starts` to that of `ends`.

    Raises:
        BadPack: a header or column is missing, or a row has too few or too many fields.
    """
    written = text.splitlines()
    # Only above the table: a row that begins with # must not fall away silently.
    top = list(takewhile(lambda line: line.startswith("#"), written))
    heads = dict(_read_head(line) for line in top)
    try:
        rows = list(csv.reader(written[len(top) :], strict=True))
    except csv.Error as fault:
        message = f"the table cannot be read: {fault}"
        raise BadPack(message) from fault
    if not rows or tuple(rows[0]) != COLUMNS:
        message = "the table does not begin with its columns"
        raise BadPack(message)
    try:
        return Isa(
            code=heads["code"],
            version=int(heads["version"]),
            title=heads["title"],
            sort=Sort(heads["sort"]),
            starts=starts,
            ends=ends,
            review_on=review_on or ends,
            clauses=_read_clauses(rows[1:], starts, ends),
        )
    except (KeyError, ValueError) as fault:
        message = f"the pack cannot be read: {fault}"
        raise BadPack(message) from fault


def _read_head(line: str) -> tuple[str, str]:
    name, _, value = line.lstrip("# ").partition(":")
    return name.strip(), value.strip()


def _read_clauses(rows: list[list[str]], starts: date, ends: date) -> tuple[Clause, ...]:
    terms: dict[str, list[Term]] = {}
    words: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, 1):
        # A short row would make every decision raise: it is refused here, by its number.
        if len(row) != len(COLUMNS):
            message = f"row {number} has {len(row)} fields, not {len(COLUMNS)}"
            raise BadPack(message)
        field = dict(zip(COLUMNS, row, strict=True))
        terms.setdefault(field["ref"], []).append(_read_term(field, starts, ends))
        words.setdefault(field["ref"], field)
    return tuple(
        Clause(
            ref=ref,
            sentence=words[ref]["sentence"],
            lawful_basis=words[ref]["lawful_basis"],
            condition=words[ref]["condition"],
            agreed=words[ref]["agreed"],
            terms=tuple(of_ref),
        )
        for ref, of_ref in terms.items()
    )


def _read_term(field: dict[str, str], starts: date, ends: date) -> Term:
    return Term(
        sources=tuple(field["from"].split()),
        recipients=tuple(_read_recipient(word) for word in field["to"].split()),
        categories=tuple(field["categories"].split()),
        purposes=tuple(field["purposes"].split()),
        verbs=tuple(field["verbs"].split()),
        ground=field["ground"],
        cond=field["cond"],
        effect=field["effect"],
        since=starts,
        until=ends,
    )


def _read_recipient(word: str) -> Recipient:
    role, colon, at = word.partition(":")
    if not colon:
        message = f"a recipient is written role:where, not {word}"
        raise BadPack(message)
    return Recipient(role, at)
