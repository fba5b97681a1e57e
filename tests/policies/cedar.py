"""The same agreements in another language for another engine: Cedar, written without our matcher.

It shares nothing with the model, the compiler or the matrix but the data: each line of a pack
becomes a policy of its own, and who belongs to which group is read from the data file once more.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import cedarpy

from policies.enforcer import Request
from policies.isa import Line

_RAW = json.loads(files("policies").joinpath("catalogue.json").read_text("utf-8"))


class Ruling(NamedTuple):
    """What Cedar says: whether it allows, and the references of the lines that speak for that."""

    allowed: bool
    refs: frozenset[str]


class CedarPack:
    """One agreement as Cedar policies. `codes` gives each agency's own codes, sector and groups."""

    def __init__(self, lines: Sequence[Line], codes: Mapping[str, Iterable[str]]) -> None:
        self._refs = [line.ref for line in lines]
        self._policies = "\n".join(_policy(line) for line in lines)
        self._codes = {agency: sorted({agency, *of}) for agency, of in codes.items()}
        self._roles = _groups_of("role_groups", [row["code"] for row in _RAW["roles"]])
        self._categories = _groups_of(
            "category_groups", [row["code"] for row in _RAW["categories"]]
        )

    def rule(self, requests: Sequence[Request]) -> list[Ruling]:
        """Return what Cedar says to each request."""
        asked = [self._asked(request) for request in requests]
        return [
            self._ruling(found) for found in cedarpy.is_authorized_batch(asked, self._policies, [])
        ]

    def _ruling(self, found: Any) -> Ruling:
        assert found.diagnostics.errors == []
        numbers = [int(name.removeprefix("policy")) for name in found.diagnostics.reasons]
        return Ruling(
            found.decision == cedarpy.Decision.Allow,
            frozenset(self._refs[number] for number in numbers),
        )

    def _asked(self, request: Request) -> dict[str, Any]:
        return {
            "principal": 'Asker::"somebody"',
            "action": 'Action::"ask"',
            "resource": 'Thing::"something"',
            "context": {
                "roles": [request.role, *self._roles.get(request.role, ())],
                "categories": [request.cat, *self._categories.get(request.cat, ())],
                "sources": self._codes[request.src],
                "recipients": self._codes[request.dst],
                "purpose": request.purpose,
                "verb": request.verb,
                "ground": request.ground,
                "named": request.named == "yes",
                "open": request.role != "none"
                and request.force == "yes"
                and request.excl == "no"
                and request.marker == "no",
                "day": int(request.day.replace("-", "")),
            },
        }


def _policy(line: Line) -> str:
    since, until = (int(day.replace("-", "")) for day in (line.since, line.until))
    conditions = [f"context.day >= {since}", f"context.day < {until}"]
    for name, said in (
        ("roles", line.role),
        ("categories", line.cat),
        ("sources", line.src),
        ("recipients", line.dst),
    ):
        if said != "any":
            conditions.append(f'context.{name}.contains("{said}")')
    for name, said in (("purpose", line.purpose), ("verb", line.verb), ("ground", line.ground)):
        if said != "any":
            conditions.append(f'context.{name} == "{said}"')
    if line.cond == "named":
        conditions.append("context.named")
    if line.eft == "allow":
        conditions.append("context.open")
    effect = "permit" if line.eft == "allow" else "forbid"
    return f"{effect}(principal, action, resource) when {{ {' && '.join(conditions)} }};"


def _groups_of(name: str, everything: list[str]) -> dict[str, list[str]]:
    """Return the groups of each word, as the data file tells: by members, or by all but some."""
    groups: dict[str, list[str]] = {}
    if name == "role_groups":
        return {row["code"]: list(row["groups"]) for row in _RAW["roles"]}
    for group in _RAW[name]:
        members = group.get("members")
        if members is None:
            members = [word for word in everything if word not in group["all_but"]]
        for word in members:
            groups.setdefault(word, []).append(group["code"])
    # A group may itself be a member of a group.
    for word in list(groups):
        for group in groups[word]:
            groups[word] += [one for one in groups.get(group, ()) if one not in groups[word]]
    return groups
