"""What a new agreement may begin from: the templates that come with the product, as data.

Rule: ICO data sharing code, annex A; WASPI information sharing protocol; Children Act 2004 s.16LA.
A template's legal lines are a beginning; a partnership's own information governance lead confirms
them.
"""

from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files

from policies.draft import with_days
from policies.isa import Clause
from policies.isa_file import IsaFile, read_isa

TEMPLATES = {
    "ico": "The headings of the ICO’s data sharing code",
    "waspi": "The headings of a WASPI protocol (Wales)",
    "s16la": "The duty to share: Children Act 2004 s.16LA, with rules",
}


REVIEW_AHEAD = timedelta(days=30)
"""How long before its end an agreement is to be reviewed: time to sign the next one."""


def from_template(name: str, code: str, *, starts: date, ends: date) -> IsaFile:
    """Return a first version of an agreement of this code, to run between these days.

    Raises:
        KeyError: there is no such template.
    """
    if name not in TEMPLATES:
        raise KeyError(name)
    text = files("policies").joinpath("isas", "templates", f"{name}.json").read_text("utf-8")
    isa = with_days(read_isa(text).isa, starts, ends, ends - REVIEW_AHEAD)
    clauses = tuple(_of(code, one, isa.code) for one in isa.clauses)
    return IsaFile(replace(isa, code=code, clauses=clauses), ())


def _of(code: str, clause: Clause, was: str) -> Clause:
    return replace(clause, ref=code + clause.ref.removeprefix(was))
