"""Short ways to ask the policies in tests, and a book over the demo's partnership."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache

from policies.book import PolicyBook
from policies.catalogue import catalogue
from policies.compiling import compile_matrix, segments
from policies.decision import Ground
from policies.facts import Kind
from policies.isa import Isa, IsaState
from policies.matrix import InForce, Matrix
from policies.packs import COLUMNS, family, house, read_pack
from policies.question import Cell, Live, Question
from server.kernel.ids import AgencyCode
from tests.policies.quillmere import SECTORS, SIGNED, quillmere

DAY = date(2026, 6, 17)
MORNING = datetime(2026, 6, 16, 23, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 17, 23, tzinfo=UTC)
AGREED_FOR = ("plan", "deliver", "review")

OWN = frozenset({Live(Ground.OWN)})
STANDING = frozenset({Live(Ground.STANDING)})
AGREED = frozenset(Live(Ground.AGREED, purpose) for purpose in AGREED_FOR)
DECIDED = frozenset({Live(Ground.DECIDED, "safeguard")})
EMERGENCY = frozenset({Live(Ground.EMERGENCY)})
NOTHING: frozenset[Live] = frozenset()

HEAD = "# code: T\n# version: 1\n# title: Trial\n# sort: isa\n"
TABLE = ",".join(COLUMNS) + "\n"


@cache
def matrix_of(isa: Isa, day: date = DAY) -> Matrix:
    """Return the matrix of a pack for a day, compiled once."""
    span = next(span for span in segments(isa.lines()) if span[0] <= day < span[1])
    return compile_matrix(isa.code, isa.lines(), span, catalogue())


def in_force(
    isa: Isa, *signed: AgencyCode, state: IsaState = IsaState.ACTIVE, broken: bool = False
) -> InForce:
    """Return a pack as it stands, signed by these."""
    return InForce(
        code=isa.code,
        version=isa.version,
        sort=isa.sort,
        state=state,
        matrix=None if broken else matrix_of(isa),
        clauses={clause.ref: clause for clause in isa.clauses},
        signed=frozenset(signed),
    )


def book_of(*packs: InForce, sectors: Mapping[AgencyCode, str] = SECTORS) -> PolicyBook:
    """Return a book of these packs, with the house's rules and the family's page."""
    return PolicyBook(
        [in_force(house()), in_force(family()), *packs],
        sectors,
        catalogue(),
        since=MORNING,
        until=MIDNIGHT,
    )


@cache
def demo_book() -> PolicyBook:
    """Return the book of the demo: everybody but Lantern Thread has signed."""
    return book_of(in_force(quillmere(), *SIGNED))


def ask(  # noqa: PLR0913  a question has this many parts
    category: str,
    origin: str,
    dst: str,
    *,
    role: str = "tac_member",
    grounds: frozenset[Live] = AGREED,
    verb: str = "view",
    purposes: Iterable[str] = AGREED_FOR,
    named: bool = False,
    excl: str = "no",
    marker: str = "no",
    day: date = DAY,
) -> Question:
    """Return a question about one cell of information."""
    cell = Cell(category, AgencyCode(origin), grounds, named, excl, marker)
    return Question(role, AgencyCode(dst), tuple(purposes), verb, Kind.CONTENT, (cell,), day)


def second_isa(*rows: str) -> Isa:
    """Return another agreement, of code T, from rows of its own."""
    return read_pack(HEAD + TABLE + "\n".join(rows) + "\n")
