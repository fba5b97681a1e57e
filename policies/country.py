"""The words of law of the country: who may answer for whom, what is explained, on what it rests.

They are data of the country's rule pack, in each language families are spoken to in, and never a
translation made elsewhere. The pack that comes with the product is England's; a sentence stands
beside the law it rests on, which is cited as it is in every language.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from server.kernel.language import Language

SHIPPED = "england"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of law in plain words, by language, and what it cites; "" if nothing."""

    words: Mapping[Language, str]
    law: str = ""


@dataclass(frozen=True, slots=True)
class Country:
    """A country's words of law.

    `capacities` are by capacity, then by place in a page: `option` and `hint` of a form, `you` to
    whoever answered, `they` of her. `explained` are what a form says was explained.
    """

    code: str
    capacities: Mapping[str, Mapping[str, Sentence]]
    explained: Mapping[str, Sentence]
    sentences: Mapping[str, Sentence]


@cache
def country() -> Country:
    """Return the country's words, read once from its pack in `policies/countries`."""
    place = files("policies").joinpath("countries", f"{SHIPPED}.json")
    return _read(json.loads(place.read_text("utf-8")))


def _read(raw: Mapping[str, Any]) -> Country:
    return Country(
        code=raw["code"],
        capacities={
            code: {
                place: _sentence(words, rows["law"])
                for place, words in rows.items()
                if place != "law"
            }
            for code, rows in raw["capacities"].items()
        },
        explained={code: _sentence(words, "") for code, words in raw["explained"].items()},
        sentences={code: _sentence(row, row["law"]) for code, row in raw["sentences"].items()},
    )


def _sentence(row: Mapping[str, str], law: str) -> Sentence:
    return Sentence({language: row[language] for language in Language}, law)
