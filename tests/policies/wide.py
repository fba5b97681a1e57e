"""Agreements larger than the demo's, made by rule from a seed, for comparing and measuring."""

import random

from policies.catalogue import catalogue
from policies.isa import Isa
from policies.packs import COLUMNS, read_pack

_HEAD = "# code: WIDE\n# version: {version}\n# title: An agreement made by rule\n# sort: isa\n"
_SENTENCE = "Some may do some things."


def wide_isa(seed: int, clauses: int) -> Isa:
    """Return an agreement of this many clauses; the same seed gives the same agreement."""
    return read_pack(wide_text(seed, clauses))


def wide_text(seed: int | str, clauses: int, *, version: int = 1) -> str:
    """Return the same as the text that is laid."""
    rng = random.Random(seed)
    words = catalogue()
    categories = [*words.categories, "cat_health", "cat_mental", "cat_health_all"]
    agencies = ["tansy_vale", "bramblegate", "maple_wood", "corn_street"]
    sectors = [f"sec_{sector}" for sector in words.sectors if sector != "family"]
    ends = [*sectors, "sec_health", "any", *agencies]
    rows = [",".join(COLUMNS)]
    for number in range(1, clauses + 1):
        effect = "deny" if rng.random() < 0.12 else "allow"
        ground = "any" if effect == "deny" else rng.choice(["agreed", "decided", "standing"])
        role = "any" if effect == "deny" else rng.choice(["grp_seat", "lead_professional"])
        purposes = list(words.place_purposes)
        rows.append(
            ",".join(
                [
                    f"WIDE/{number}",
                    " ".join(rng.sample(ends, rng.choice([1, 1, 2]))),
                    f"{role}:{rng.choice(ends)}",
                    " ".join(rng.sample(categories, rng.choice([1, 2]))),
                    "any" if effect == "deny" else " ".join(rng.sample(purposes, 2)),
                    "any" if effect == "deny" else rng.choice(["view", "view edit", "view print"]),
                    ground,
                    "always" if effect == "deny" else rng.choice(["always", "always", "named"]),
                    effect,
                    "",
                    _SENTENCE,
                    "A basis",
                    "A condition",
                ]
            )
        )
    return _HEAD.format(version=version) + "\n".join(rows) + "\n"
