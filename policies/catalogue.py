"""The words the policies know: categories, topics, purposes, roles, sectors, verbs, grounds.

Read once from one data file. A word that is not here is unknown, and unknown is no.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from policies.facts import Kind
from server.kernel.language import Language

SAID_TO_FAMILIES = ("categories", "topics", "purposes", "roles", "grounds")
"""What is said to families, and so stands in the data file in each of their languages."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A plain word of the agreement form, and the categories that stand behind it."""

    code: str
    words: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All known words, each code with its plain words, in the order of the data file.

    The `*_links` say who belongs to which group, as (member, group); sectors stand there, and
    in agreements, with the prefix `sec_`. `said` is by language, then by the plain words.
    """

    categories: Mapping[str, str]
    sorts: Mapping[str, str]
    topics: tuple[Topic, ...]
    purposes: Mapping[str, str]
    place_purposes: tuple[str, ...]
    roles: Mapping[str, str]
    sectors: Mapping[str, str]
    verbs: tuple[str, ...]
    verb_words: Mapping[str, str]
    grounds: Mapping[str, str]
    group_words: Mapping[str, str]
    role_links: tuple[tuple[str, str], ...]
    category_links: tuple[tuple[str, str], ...]
    sector_links: tuple[tuple[str, str], ...]
    office_purposes: Mapping[str, tuple[str, ...]]
    said: Mapping[Language, Mapping[str, str]]

    def say(self, words: str, language: Language) -> str:
        """Return plain words of this catalogue in a language that families are spoken to in."""
        return self.said[language].get(words, words)

    def purposes_of(self, role: str) -> tuple[str, ...]:
        """Return the purposes that an office, or a member outside any room, stands for."""
        return self.office_purposes.get(role, ())

    def topic_of(self, category: str) -> Topic | None:
        """Return the topic of the form a category stands behind, or None if it is not asked."""
        return next((topic for topic in self.topics if category in topic.categories), None)

    @property
    def objects(self) -> tuple[str, ...]:
        """Return the kinds of things that are not information."""
        return tuple(kind.value for kind in Kind if kind is not Kind.CONTENT)


@cache
def catalogue() -> Catalogue:
    """Return the catalogue, read once from `policies/catalogue.json`."""
    return _read(json.loads(files("policies").joinpath("catalogue.json").read_text("utf-8")))


def _read(raw: Mapping[str, list[dict[str, Any]]]) -> Catalogue:
    sectors = _words(raw["sectors"])
    categories = _words(raw["categories"])
    groups = raw["role_groups"] + raw["category_groups"] + raw["sector_groups"]
    return Catalogue(
        categories=categories,
        sorts={row["code"]: row["sort"] for row in raw["categories"]},
        topics=tuple(
            Topic(row["code"], row["words"], tuple(row["categories"])) for row in raw["topics"]
        ),
        purposes=_words(raw["purposes"]),
        place_purposes=tuple(row["code"] for row in raw["purposes"] if row["for_places"]),
        roles=_words(raw["roles"]),
        sectors=sectors,
        verbs=tuple(_words(raw["verbs"])),
        verb_words=_words(raw["verbs"]),
        grounds=_words(raw["grounds"]),
        group_words=_words(groups) | {sector_code(code): words for code, words in sectors.items()},
        role_links=tuple((row["code"], group) for row in raw["roles"] for group in row["groups"]),
        category_links=_links(raw["category_groups"], tuple(categories)),
        sector_links=tuple(
            (sector_code(member), group)
            for member, group in _links(raw["sector_groups"], tuple(sectors))
        ),
        office_purposes={row["code"]: tuple(row["purposes"]) for row in raw["roles"]},
        said={
            language: {
                row["words"]: row.get(language, row["words"])
                for name in SAID_TO_FAMILIES
                for row in raw[name]
            }
            for language in Language
        },
    )


def sector_code(sector: str) -> str:
    """Return a sector as agreements write it: `housing` is `sec_housing` there."""
    return f"sec_{sector}"


def _words(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["code"]: row["words"] for row in rows}


def _links(
    groups: list[dict[str, Any]], everything: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (member, group["code"])
        for group in groups
        for member in (
            group["members"]
            if "members" in group
            else [code for code in everything if code not in group["all_but"]]
        )
    )
