"""What the policies cost: a capability for 40 parts and 12 verbs, one answer, one compile."""

import random
import time
from statistics import median

from policies.catalogue import catalogue
from policies.compiling import compile_matrix
from policies.facts import Kind
from policies.isa import FIRST_DAY, LAST_DAY
from policies.question import Cell, Question
from server.kernel.ids import AgencyCode
from tests.benchmarks.figure import Figure, median_ns
from tests.policies.asking import AGREED, DAY, DECIDED, NOTHING, OWN, book_of, in_force
from tests.policies.quillmere import SECTORS, SIGNED, quillmere
from tests.policies.wide import wide_isa

PARTS = 40
SEATS = tuple(SECTORS)[:5]


def _questions(dst: AgencyCode, role: str, purposes: tuple[str, ...]) -> list[Question]:
    """Ask about 40 parts: every 5th of two categories, every 8th of two origins, every 4th about
    two persons."""
    rng = random.Random(1)
    categories, agencies = list(catalogue().categories), list(SECTORS)
    found = []
    for number in range(PARTS):
        cells = tuple(
            Cell(category, origin, OWN if origin == dst else rng.choice((AGREED, DECIDED, NOTHING)))
            for category in rng.sample(categories, 1 + (number % 5 == 0))
            for origin in rng.sample(agencies, 1 + (number % 8 == 0))
            for _ in range(1 + (number % 4 == 0))
        )
        found.append(Question(role, dst, purposes, "view", Kind.CONTENT, cells, DAY))
    return found


def _capability_us(purposes: tuple[str, ...], *, again: bool) -> float:
    """Return the median CPU time of a capability for a seat that the book has not met, or has."""
    taken = []
    for _ in range(15):
        book = book_of(in_force(quillmere(), *SIGNED))
        # The pairs of agencies are met once a book, not once a seat.
        for question in _questions(SEATS[0], "meeting_guest", ("plan",)):
            for dst in SEATS:
                book.verbs(Question("meeting_guest", dst, ("plan",), "view", Kind.CONTENT, question.cells, DAY))  # fmt: skip  # noqa: E501
        for dst in SEATS:
            questions = _questions(dst, "tac_member", purposes)
            for _ in range(1 + again):
                begun = time.process_time_ns()
                for question in questions:
                    book.verbs(question)
                spent = time.process_time_ns() - begun
            taken.append(spent / 1_000)
    return median(taken)


async def measure() -> list[Figure]:
    """Measure capabilities of new seats and known ones, an answer, and compiling."""
    book = book_of(in_force(quillmere(), *SIGNED))
    question = _questions(SEATS[0], "tac_member", ("plan",))[1]
    wide = wide_isa(3, 200)
    begun = time.process_time()
    compile_matrix("WIDE", wide.lines(), (FIRST_DAY, LAST_DAY), catalogue())
    compiled_ms = (time.process_time() - begun) * 1_000
    four = ("plan", "deliver", "review", "safeguard")
    return [
        Figure("capability, 40 parts, new seat, one purpose", _capability_us(("plan",), again=False), 250, "us"),  # noqa: E501
        Figure("capability, 40 parts, same seat again, four purposes", _capability_us(four, again=True), 100, "us"),  # noqa: E501
        Figure("capability, 40 parts, new seat, four purposes", _capability_us(four, again=False), 1_000, "us"),  # noqa: E501
        Figure("one answer with its reasons", median_ns(lambda: book.answer(question), rounds=50, calls=200) / 1_000, 50, "us"),  # noqa: E501
        Figure("compiling an agreement of 200 clauses", compiled_ms, 2_000, "ms"),
    ]  # fmt: skip
