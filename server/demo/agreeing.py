"""What each of the demo family agreed, as the form that was filled in with them."""

from collections.abc import Mapping
from datetime import date, timedelta

from consent.consent import Capacity, Choice
from consent.form import ConsentForm, TopicAnswer
from consent.protection import RuleSort
from consent.rule_form import RuleForm
from server.demo import story
from server.demo.cast import Cast
from server.demo.partnership import AGENCIES
from server.demo.plan import HOUSEHOLD
from server.directory.agency import FAMILY
from server.directory.member import Practitioner
from server.kernel import clock
from server.kernel.ids import AgencyCode

CONSENT_REVIEW = 155
EXPLAINED = frozenset({"privacy_notice", "sharing_without_asking", "no_is_fine"})

Answers = dict[tuple[str, AgencyCode], TopicAnswer]


def tamsins_yes(cast: Cast, first: date) -> ConsentForm:
    """Return what the mother agreed for herself, Otis and Pip, on paper."""
    return ConsentForm(
        giver=cast.people["tamsin"],
        capacity=Capacity.PARENT_WITH_PR,
        subjects=frozenset(cast.people[code] for code in HOUSEHOLD),
        engaged=True,
        answers=_answers(cast, story.TAMSINS_ANSWERS),
        explained=EXPLAINED,
        how="signed_paper",
        given_at=clock.now(),
        review_on=_review(first),
        witness="Perrin Trialman",
        own_words=story.TAMSINS_OWN_WORDS,
        rules=(
            RuleForm(
                RuleSort.ONLY,
                members=cast.ids(("imara", "bronagh", "leona")),
                topics=frozenset({"address"}),
            ),
            RuleForm(
                RuleSort.NEVER,
                people=frozenset({cast.people["dorran"]}),
                topics=frozenset({"address"}),
            ),
        ),
    )


def junos_yes(cast: Cast, first: date) -> ConsentForm:
    """Return what Juno agreed for herself, with the note that she was able to decide."""
    return ConsentForm(
        giver=cast.people["juno"],
        capacity=Capacity.CHILD_COMPETENT_UNDER_16,
        subjects=frozenset({cast.people["juno"]}),
        engaged=True,
        answers=_answers(cast, story.JUNOS_ANSWERS),
        explained=EXPLAINED,
        how="in_person",
        given_at=clock.now(),
        review_on=_review(first),
        competence=f"Ketan Placeholme: {story.COMPETENCE_NOTE}",
        own_words=story.JUNOS_OWN_WORDS,
    )


def dorrans_no(cast: Cast, first: date) -> ConsentForm:
    """Return the father's no; it needs no reason."""
    return ConsentForm(
        giver=cast.people["dorran"],
        capacity=Capacity.ADULT_FOR_SELF,
        subjects=frozenset({cast.people["dorran"]}),
        engaged=False,
        answers={},
        explained=frozenset({"sharing_without_asking", "no_is_fine"}),
        how="in_person",
        given_at=clock.now(),
        review_on=_review(first),
        own_words=story.DORRANS_OWN_WORDS,
    )


def _review(first: date) -> date:
    return first + timedelta(days=CONSENT_REVIEW)


def _answers(cast: Cast, told: Mapping[str, Mapping[str, str]]) -> Answers:
    answers: Answers = {}
    agencies = {agency.code for agency in AGENCIES}
    for topic, by_whom in told.items():
        for code, said in by_whom.items():
            if code in agencies:
                answers[topic, AgencyCode(code)] = TopicAnswer(Choice(said))
            elif code in cast.people:
                named = frozenset({cast.people[code]})
                answers[topic, FAMILY] = TopicAnswer(Choice(said), people=named)
            else:
                _add_named(answers, topic, cast.practitioner(code))
    return answers


def _add_named(answers: Answers, topic: str, named: Practitioner) -> None:
    before = answers.get((topic, named.agency))
    members = (before.members if before else frozenset()) | {named.id}
    answers[topic, named.agency] = TopicAnswer(Choice.YES, members=members)
