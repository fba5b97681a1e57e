"""How much memory a process takes for two hundred agreements, and for all that it keeps of them."""

import gc
import tracemalloc
from dataclasses import replace

from policies import store
from policies.book import PolicyBook
from policies.catalogue import catalogue
from policies.compiling import compile_matrix
from policies.facts import Kind
from policies.isa import FIRST_DAY, LAST_DAY, IsaState
from policies.matrix import InForce, read_matrix
from policies.question import Cell, Question
from server.kernel import migrating
from server.kernel.database import Database, Tx
from server.kernel.ids import AgencyCode
from tests.benchmarks.figure import Figure
from tests.benchmarks.stores import SQLITE, fresh_stores
from tests.policies.asking import AGREED, DAY, DECIDED, NOTHING, book_of
from tests.policies.quillmere import SECTORS, SIGNED
from tests.policies.wide import wide_isa

AGREEMENTS, CLAUSES, SORTS = 200, 60, 8
QUESTIONS = 60_000
MOST_MIB = 64


async def measure() -> list[Figure]:
    """Read the agreements as a process reads them from the store, then ask until all is kept."""
    isas = [wide_isa(seed, CLAUSES) for seed in range(SORTS)]
    span, words = (FIRST_DAY, LAST_DAY), catalogue()
    stored = [compile_matrix(one.code, one.lines(), span, words).to_bytes() for one in isas]
    with fresh_stores("policies") as stores:
        url = stores[SQLITE]["policies"]
        await migrating.migrate(url)
        database = Database(url)
        async with database.writing() as tx:
            for number in range(AGREEMENTS):
                await store.add_isa(tx, replace(isas[number % SORTS], code=f"WIDE-{number}"))
        async with database.reading() as tx:
            await _pack(tx, 0, stored[0])
            gc.collect()
            tracemalloc.start()
            begun = tracemalloc.get_traced_memory()[0]
            packs = [await _pack(tx, one, stored[one % SORTS]) for one in range(AGREEMENTS)]
            book = book_of(*packs)
            gc.collect()
            read = tracemalloc.get_traced_memory()[0] - begun
        await database.close()
    tracemalloc.reset_peak()
    _ask(book)
    asked = tracemalloc.get_traced_memory()[1] - begun
    tracemalloc.stop()
    what = f"{AGREEMENTS} agreements of {CLAUSES} clauses, read"
    return [
        Figure(what, read / 2**20, MOST_MIB, "MiB"),
        Figure("the same, with the most it keeps of answers", asked / 2**20, MOST_MIB, "MiB"),
    ]


async def _pack(tx: Tx, number: int, content: bytes) -> InForce:
    """Read one as `revision.load` does; each from its own row and bytes, so nothing is shared."""
    made = await store.get_isa(tx, f"WIDE-{number}", 1)
    return InForce(
        code=made.code,
        version=1,
        sort=made.sort,
        state=IsaState.ACTIVE,
        matrix=replace(read_matrix(content), pack=made.code),
        clauses={clause.ref: clause for clause in made.clauses},
        signed=frozenset(SIGNED[number % 3 :]),
    )


def _ask(book: PolicyBook) -> None:
    """Ask more different questions than a book keeps the answers to."""
    categories, agencies = list(catalogue().categories), list(SECTORS)
    for number in range(QUESTIONS):
        category = categories[number % len(categories)]
        origin = agencies[number // 7 % len(agencies)]
        grounds = (AGREED, DECIDED, NOTHING)[number % 3]
        cell = Cell(category, origin, grounds, excl=f"exclusion-{number}")
        dst = AgencyCode(agencies[number % len(agencies)])
        book.verbs(Question("tac_member", dst, ("plan",), "view", Kind.CONTENT, (cell,), DAY))
