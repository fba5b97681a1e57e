from policies import revision
from policies.decision import Ground
from policies.facts import Kind
from policies.question import Cell, Live, Question
from server.kernel import clock
from server.kernel.ids import AgencyCode
from tests.policies.quillmere import lay_quillmere

AGREED = frozenset({Live(Ground.AGREED, "plan")})


async def test_an_agreement_laid_and_signed_opens_what_its_clause_says(database, house_kms):
    await lay_quillmere()

    book = await revision.book()
    answer = book.answer(
        Question(
            "lead_professional",
            AgencyCode("tansy_vale"),
            ("plan",),
            "view",
            Kind.CONTENT,
            (Cell("health_child", AgencyCode("quillmere_hv"), AGREED),),
            clock.today(),
        )
    )

    assert answer.allowed, answer
    assert answer.ref == "QEH/3.3"
    assert answer.isa_revision == 3
