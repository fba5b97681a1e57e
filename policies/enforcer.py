"""Asks Casbin. The only module that knows it, and `decide` is the only way to ask.

A pack is one version of one agreement with the links of its groups, frozen once made; to change
anything, make another. A pack is never shared between threads or tasks that run at once.

Rule: ADR-0007: Casbin alone decides; what it decided is kept as a matrix and proved anew.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import casbin

from policies.catalogue import Catalogue, catalogue, sector_code
from policies.isa import FIRST_DAY, LAST_DAY, Line

YES, NO, NOBODY, NO_GROUND = "yes", "no", "none", "none"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_GUARDS = (
    ("GUARD-MEMBER", "not_member"),
    ("GUARD-EXCLUDED", "excluded"),
    ("GUARD-MARKED", "marked"),
    ("GUARD-FORCE", "not_in_force"),
    ("GUARD-GROUND", "no_ground"),
)


class Fail(StrEnum):
    """Why `decide` said no without Casbin's word for it."""

    ERROR = "FAIL-ERROR"
    ARITY = "FAIL-ARITY"
    NOT_TEXT = "FAIL-NOT-TEXT"
    EMPTY = "FAIL-EMPTY"
    UNKNOWN = "FAIL-UNKNOWN"
    DISABLED = "FAIL-DISABLED"
    NO_LINES = "FAIL-NO-LINES"
    NO_LINE = "FAIL-NO-LINE"


NO_CLAUSE = "NO-CLAUSE"


class Request(NamedTuple):
    """One question to Casbin, field by field as `model.conf` names them; all plain text."""

    role: str
    cat: str
    purpose: str
    verb: str
    ground: str
    src: str
    dst: str
    named: str
    force: str
    excl: str
    marker: str
    day: str


class Verdict(NamedTuple):
    """Casbin's word: allowed or not, and the reference of the line that decided."""

    allowed: bool
    ref: str


@dataclass(frozen=True, slots=True)
class Links:
    """Who belongs to which group, as (member, group), for roles, categories and agencies."""

    roles: tuple[tuple[str, str], ...]
    categories: tuple[tuple[str, str], ...]
    agencies: tuple[tuple[str, str], ...]


def links_of(words: Catalogue, sectors: Mapping[str, str]) -> Links:
    """Return the links of the catalogue, with each agency in its one sector."""
    return Links(
        roles=words.role_links,
        categories=words.category_links,
        agencies=words.sector_links
        + tuple((agency, sector_code(sector)) for agency, sector in sorted(sectors.items())),
    )


def guards() -> tuple[Line, ...]:
    """Return the lines that give a refusal its name; without them nothing opens either."""
    any_day = (FIRST_DAY.replace(year=1).isoformat(), LAST_DAY.isoformat())
    return tuple(
        Line(ref, "any", "any", "any", "any", "any", "any", "any", cond, *any_day, "deny")
        for ref, cond in _GUARDS
    )


@cache
def model_text() -> str:
    """Return the model: the request, the line and the one matcher."""
    return files("policies").joinpath("model.conf").read_text("utf-8")


class _KeptMatcher(casbin.Enforcer):  # type: ignore[misc]  # pycasbin comes without types
    """An enforcer that parses its matcher once, not once a question."""

    def __init__(self, model: object) -> None:
        self._trees: dict[str, Any] = {}
        super().__init__(model)

    def _get_expression(self, expr: str, functions: object = None) -> object:
        tree = self._trees.get(expr)
        if tree is None:
            tree = self._trees[expr] = casbin.Enforcer._get_expression(expr, functions)  # noqa: SLF001  the hook upstream offers
        # The table of functions is new with each question: a link taken away is seen at once.
        tree.functions = functions
        return tree


class Pack:
    """One enforcer over the guards and the lines of one agreement.

    `words` is all it knows: a value outside is refused before Casbin sees it.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        links: Links,
        agencies: Iterable[str],
        *,
        words: Catalogue | None = None,
        model: str | None = None,
        stock: bool = False,
    ) -> None:
        """Build the enforcer; `stock` takes Casbin's own, for tests that compare the two."""
        known = words or catalogue()
        self.lines = guards() + tuple(lines)
        self.roles = frozenset(known.roles) | {NOBODY}
        self.categories = frozenset(known.categories) | frozenset(known.objects)
        self.purposes = frozenset(known.purposes)
        self.verbs = frozenset(known.verbs)
        self.grounds = frozenset(known.grounds) | {NO_GROUND}
        self.agencies = frozenset(agencies)
        parsed = casbin.Enforcer.new_model(text=model or model_text())
        self.enforcer = casbin.Enforcer(parsed) if stock else _KeptMatcher(parsed)
        for name, pairs in (("g", links.roles), ("g2", links.categories), ("g3", links.agencies)):
            self.enforcer.model["g"][name].policy = [list(pair) for pair in pairs]
        self.enforcer.build_role_links()

    def knows(self, request: Request) -> bool:
        """Return whether every value is one of ours.

        A misspelt word would otherwise take the lines that say `any`, and Casbin would keep
        every unknown name it is asked about.
        """
        return (
            request.role in self.roles
            and request.cat in self.categories
            and request.purpose in self.purposes
            and request.verb in self.verbs
            and request.ground in self.grounds
            and request.src in self.agencies
            and request.dst in self.agencies
            and request.named in (YES, NO)
            and request.force in (YES, NO)
            and _DAY.fullmatch(request.day) is not None
        )


def decide(pack: Pack, request: Sequence[str], among: Sequence[Line] | None = None) -> Verdict:
    """Ask Casbin one question, among all lines or among those given (guards come with them).

    Whatever goes wrong is a no with a name of its own.

    Rule: ADR-0007, fail closed.
    """
    if len(request) != len(Request._fields):
        return Verdict(allowed=False, ref=Fail.ARITY)
    if not all(type(value) is str for value in request):
        return Verdict(allowed=False, ref=Fail.NOT_TEXT)
    if not all(request):
        return Verdict(allowed=False, ref=Fail.EMPTY)
    if not pack.knows(Request(*request)):
        return Verdict(allowed=False, ref=Fail.UNKNOWN)
    try:
        return _ask(pack, request, among)
    except Exception:  # noqa: BLE001  whatever Casbin raises is a no, never an open door
        return Verdict(allowed=False, ref=Fail.ERROR)


def _ask(pack: Pack, request: Sequence[str], among: Sequence[Line] | None) -> Verdict:
    enforcer = pack.enforcer
    # A disabled enforcer allows everything, and so may one without lines.
    if not enforcer.enabled:
        return Verdict(allowed=False, ref=Fail.DISABLED)
    lines = pack.lines if among is None else among
    if not lines:
        return Verdict(allowed=False, ref=Fail.NO_LINES)
    enforcer.model["p"]["p"].policy = lines
    allowed, line = enforcer.enforce_ex(*request)
    if not line:
        return Verdict(allowed=False, ref=Fail.NO_LINE if allowed else NO_CLAUSE)
    decided = Line(*line)
    if allowed is True and decided.eft != "allow":
        return Verdict(allowed=False, ref=Fail.NO_LINE)
    return Verdict(allowed=allowed is True, ref=decided.ref)
