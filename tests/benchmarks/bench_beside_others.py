"""The same questions to our matrix, to plain pycasbin over all lines, and to Cedar, in turns."""

import random
import time
from collections.abc import Callable
from statistics import median

from policies.catalogue import catalogue
from policies.checking import classes_of, random_request, read_cell
from policies.enforcer import Pack, links_of
from policies.matrix import sector_groups
from tests.benchmarks.figure import Figure
from tests.policies.asking import matrix_of
from tests.policies.cedar import CedarPack
from tests.policies.quillmere import SECTORS, quillmere

ROUNDS = 15
QUESTIONS = 40
AGENCIES = {str(code): of for code, of in SECTORS.items()}


async def measure() -> list[Figure]:
    """Ask each the same forty questions, fifteen times, one after the other in every round."""
    pack, matrix, words = quillmere(), matrix_of(quillmere()), catalogue()
    rng = random.Random(1)
    lines = pack.lines()
    asked = [random_request(rng, lines, matrix, words, AGENCIES) for _ in range(QUESTIONS)]
    classes = classes_of(matrix, AGENCIES, words)
    # Casbin as it comes: its own enforcer, the matcher parsed at every question.
    stock = Pack(lines, links_of(words, AGENCIES), AGENCIES, stock=True)
    stock.enforcer.model["p"]["p"].policy = list(stock.lines)
    groups = sector_groups(words)
    cedar = CedarPack(lines, {agency: groups[sector] for agency, sector in AGENCIES.items()})

    def ours() -> list[bool]:
        return [read_cell(matrix, one, classes).allowed for one in asked]

    def casbin() -> list[bool]:
        return [stock.enforcer.enforce(*one) for one in asked]

    def cedars() -> list[bool]:
        # All at once: Cedar then reads its policies once for the forty.
        return [ruling.allowed for ruling in cedar.rule(asked)]

    assert ours() == casbin() == cedars()
    us = _in_turns(ours, casbin, cedars)
    return [
        Figure("one decision, our matrix", us[0], 20, "us"),
        Figure(f"the same, as a share of pycasbin's {us[1]:,.0f} us", us[0] / us[1] * 100, 5, "%"),
        Figure(f"the same, as a share of Cedar's {us[2]:,.0f} us", us[0] / us[2] * 100, 50, "%"),
    ]


def _in_turns(*asking: Callable[[], object]) -> list[float]:
    taken: list[list[float]] = [[] for _ in asking]
    for _ in range(ROUNDS):
        for ask, times in zip(asking, taken, strict=True):
            begun = time.process_time_ns()
            ask()
            times.append((time.process_time_ns() - begun) / 1_000 / QUESTIONS)
    return [median(times) for times in taken]
