"""Compiles a pack: asks Casbin about one case of every class, and freezes what it answers.

Values that leave the same lines in play are one class. Step by step, from the lines in date,
only those lines are kept that the step's value can still match; at the verb Casbin itself is
asked, with every line that category, verb and purpose can match, in their order, guards first.
So Casbin decides; the narrowing only spares it questions whose answer can be no other.

Rule: ADR-0007. Without `share` every class is asked by itself, wherever it comes up again: the
proof that equal lines left have equal answers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from policies.catalogue import Catalogue
from policies.enforcer import (
    NO,
    NO_CLAUSE,
    YES,
    Links,
    Pack,
    Request,
    Verdict,
    decide,
    guards,
    model_text,
)
from policies.isa import ANY, FIRST_DAY, LAST_DAY, Line
from policies.matrix import (
    STEPS,
    Leaf,
    Matrix,
    Node,
    agency_classes,
    closure,
    digest,
)
from server.kernel.canonical_json import canonical

Left = tuple[int, ...]
"""The lines still in play, by their number."""


class CompileFault(RuntimeError):
    """Casbin gave an answer that no lines can lead to; nothing is compiled."""


def segments(lines: Iterable[Line]) -> list[tuple[date, date]]:
    """Return the spans of days, in order, within which the same lines are in date."""
    days = sorted(
        {FIRST_DAY, LAST_DAY}
        | {date.fromisoformat(day) for line in lines for day in (line.since, line.until)}
    )
    return list(pairwise(days))


def revision_of(lines: Sequence[Line], words: Catalogue, since: date) -> str:
    """Return the hash of all that a matrix follows from: model, words, groups, guards, lines."""
    return digest(
        canonical(
            {
                "model": model_text(),
                "roles": sorted(words.roles),
                "categories": sorted(words.categories),
                "objects": list(words.objects),
                "purposes": sorted(words.purposes),
                "verbs": list(words.verbs),
                "grounds": sorted(words.grounds),
                "sectors": sorted(words.sectors),
                "links": [
                    sorted(map(list, links))
                    for links in (words.role_links, words.category_links, words.sector_links)
                ],
                "lines": [list(line) for line in (*guards(), *lines)],
                "day": since.isoformat(),
            }
        )
    )


def compile_matrix(
    code: str,
    lines: Sequence[Line],
    span: tuple[date, date],
    words: Catalogue,
    *,
    share: bool = True,
) -> Matrix:
    """Compile the lines in date within `span` into a matrix.

    Raises:
        CompileFault: Casbin failed on one of the questions, or answered by a guard.
    """
    since, until = span
    return _Compiler(lines, since, words, share=share).matrix(
        code, revision_of(lines, words, since), until
    )


def class_cells(
    lines: Sequence[Line], day: date, words: Catalogue
) -> tuple[Pack, list[Request], Mapping[str, str]]:
    """Return a pack, one question for every class there is, and the class of each agency in them.

    Classes in which no line is left are among them, once for each place where they turn up.
    """
    compiler = _Compiler(lines, day, words, share=True)
    cells = list(compiler.cells(0, tuple(range(len(compiler.lines))), {}))
    return compiler.pack, cells, {name: key for key, name in compiler.stand_ins.items()}


class _Compiler:
    """One compile: the values of every step, the lines, and the graph as it grows."""

    def __init__(self, lines: Sequence[Line], day: date, words: Catalogue, *, share: bool) -> None:
        self.lines = [line for line in lines if line.since <= day.isoformat() < line.until]
        self.day = day
        self.words = words
        self.share = share
        self.codes = frozenset({line.src for line in lines} | {line.dst for line in lines}) - {ANY}
        self.classes = agency_classes(self.codes, words)
        self.role_groups = closure(words.role_links)
        self.category_groups = closure(words.category_links)
        self.stand_ins = {key: f"x_{number}" for number, key in enumerate(self.classes)}
        self.pack = Pack(lines, self._links(), self.stand_ins.values(), words=words)
        self.refs = frozenset(line.ref for line in lines)
        self.questions = 0
        self.among: dict[tuple[str, str, str], tuple[Line, ...]] = {}
        self.shared: dict[tuple[int, Left], int | None] = {}
        self.nodes: dict[tuple[tuple[str, int], ...], int] = {}
        self.leaves: dict[tuple[int, int, tuple[tuple[str, str], ...]], int] = {}

    # ------------------------------------------------------------ values and what they match

    def _links(self) -> Links:
        """Return the links, with one made-up agency to stand for each class of agencies."""
        return Links(
            roles=self.words.role_links,
            categories=self.words.category_links,
            agencies=tuple(
                (name, code)
                for key, name in self.stand_ins.items()
                for code in sorted(self.classes[key])
            ),
        )

    def _values(self, step: str) -> Iterable[tuple[str, frozenset[str]]]:
        """Give every known value of a step with all the codes a line may call it by."""
        words = self.words
        if step in ("dst", "src"):
            return self.classes.items()
        if step == "role":
            return [(r, self.role_groups.get(r, frozenset()) | {r}) for r in words.roles]
        if step == "cat":
            known = (*words.categories, *words.objects)
            return [(c, self.category_groups.get(c, frozenset()) | {c}) for c in known]
        plain = {"purpose": words.purposes, "ground": words.grounds, "named": (YES, NO)}[step]
        return [(value, frozenset({value})) for value in plain]

    def _keep(self, step: str, left: Left, codes: frozenset[str]) -> Left:
        if step == "named":
            return tuple(
                number for number in left if self.lines[number].cond == "always" or YES in codes
            )
        field = Line._fields.index(step)
        wanted = codes | {ANY}
        return tuple(number for number in left if self.lines[number][field] in wanted)

    # ------------------------------------------------------------ going down

    def matrix(self, code: str, revision: str, until: date) -> Matrix:
        """Compile: go down from the root with every line in date."""
        root = self._go_down(0, tuple(range(len(self.lines))), {})
        nodes: list[Node] = [dict(ways) for ways in self.nodes]
        return Matrix(
            pack=code,
            revision=revision,
            since=self.day,
            until=until,
            codes=self.codes,
            root=root,
            nodes=tuple(nodes),
            leaves=tuple(Leaf(allow, deny, dict(refs)) for allow, deny, refs in self.leaves),
        )

    def cells(self, step: int, left: Left, path: Mapping[str, str]) -> Iterator[Request]:
        """Give one question for every class below; where nothing is left, one is enough."""
        if step == len(STEPS):
            for of_class in self._verb_classes(left).values():
                yield self._request(path, of_class[0])
            return
        name = STEPS[step]
        for kept, values in self._classes(name, left).items():
            if kept:
                yield from self.cells(step + 1, kept, {**path, name: values[0]})
            else:
                rest = {later: next(iter(self._values(later)))[0] for later in STEPS[step + 1 :]}
                yield self._request({**path, name: values[0], **rest}, self.words.verbs[0])

    def _go_down(self, step: int, left: Left, path: Mapping[str, str]) -> int | None:
        """Return the number of the node (at the end: of the leaf) for these lines left."""
        if self.share and (step, left) in self.shared:
            return self.shared[step, left]
        at_the_end = step == len(STEPS)
        found = self._leaf(left, path) if at_the_end else self._node(step, left, path)
        self.shared[step, left] = found
        return found

    def _node(self, step: int, left: Left, path: Mapping[str, str]) -> int | None:
        name = STEPS[step]
        ways: dict[str, int] = {}
        for kept, values in self._classes(name, left).items():
            child = self._go_down(step + 1, kept, {**path, name: values[0]}) if kept else None
            if child is not None:
                ways.update(dict.fromkeys(values, child))
        if not ways:
            return None
        return self.nodes.setdefault(tuple(sorted(ways.items())), len(self.nodes))

    def _leaf(self, left: Left, path: Mapping[str, str]) -> int | None:
        verbs = self.words.verbs
        allow = deny = 0
        refs: dict[str, str] = {}
        for kept, of_class in self._verb_classes(left).items():
            if not kept:
                continue
            allowed, ref = self._ask(path, of_class[0])
            if ref == NO_CLAUSE:
                continue
            mask = sum(1 << verbs.index(verb) for verb in of_class)
            allow, deny = (allow | mask, deny) if allowed else (allow, deny | mask)
            refs.update(dict.fromkeys(of_class, ref))
        if not refs:
            return None
        return self.leaves.setdefault((allow, deny, tuple(sorted(refs.items()))), len(self.leaves))

    def _classes(self, step: str, left: Left) -> dict[Left, list[str]]:
        """Return a step's values by the lines that they leave in play."""
        classes: dict[Left, list[str]] = {}
        for value, codes in self._values(step):
            classes.setdefault(self._keep(step, left, codes), []).append(value)
        return classes

    def _verb_classes(self, left: Left) -> dict[Left, list[str]]:
        classes: dict[Left, list[str]] = {}
        for verb in self.words.verbs:
            kept = tuple(n for n in left if self.lines[n].verb in (ANY, verb))
            classes.setdefault(kept, []).append(verb)
        return classes

    def _request(self, path: Mapping[str, str], verb: str) -> Request:
        stand_ins = self.stand_ins
        return Request(
            role=path["role"],
            cat=path["cat"],
            purpose=path["purpose"],
            verb=verb,
            ground=path["ground"],
            src=stand_ins[path["src"]],
            dst=stand_ins[path["dst"]],
            named=path["named"],
            force=YES,
            excl=NO,
            marker=NO,
            day=self.day.isoformat(),
        )

    def _ask(self, path: Mapping[str, str], verb: str) -> Verdict:
        request = self._request(path, verb)
        verdict = decide(self.pack, request, self._among(path["cat"], verb, path["purpose"]))
        self.questions += 1
        if verdict.ref in self.refs or (verdict.ref == NO_CLAUSE and not verdict.allowed):
            return verdict
        message = f"{verdict.ref} to {request}"
        raise CompileFault(message)

    def _among(self, category: str, verb: str, purpose: str) -> tuple[Line, ...]:
        """Return the guards and every line that these can match, in order."""
        found = self.among.get((category, verb, purpose))
        if found is None:
            codes = self.category_groups.get(category, frozenset()) | {category, ANY}
            found = self.among[category, verb, purpose] = tuple(
                line
                for line in self.pack.lines
                if line.cat in codes and line.verb in (ANY, verb) and line.purpose in (ANY, purpose)
            )
        return found
