"""When what was agreed is due for review: six weeks before it ends, and when somebody grows up."""

from datetime import UTC, date, datetime, timedelta

import pytest

from consent.consent import Capacity, Consent, ConsentState
from consent.family import Family, Person, adult_at, age_on, birthday
from consent.form import end_of
from consent.looking_again import SOON, Why, capacity_on, due_on
from server.kernel import clock
from server.kernel.ids import ConsentId, FamilyId, MemberId, PersonId, RoomId, new_id

MOTHER, DAUGHTER = PersonId(new_id()), PersonId(new_id())
GIVEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
REVIEW = date(2026, 10, 25)
BORN = date(2010, 7, 15)
DAY = timedelta(days=1)


def family(born=BORN):
    of = FamilyId(new_id())
    return Family(of, (Person(MOTHER, of, "Mother"), Person(DAUGHTER, of, "Daughter", born)))


def agreed(
    *,
    giver=MOTHER,
    subjects=(MOTHER, DAUGHTER),
    capacity=Capacity.PARENT_WITH_PR,
    state=ConsentState.GIVEN,
):
    return Consent(
        id=ConsentId(new_id()),
        version=1,
        room=RoomId(new_id()),
        giver=giver,
        capacity=capacity,
        subjects=frozenset(subjects),
        engaged=True,
        state=state,
        explained=(),
        how="in_person",
        given_at=GIVEN,
        until=end_of(REVIEW),
        review_on=REVIEW,
        recorder=MemberId(new_id()),
        recorded_at=GIVEN,
    )


def due(consent, day, *, of=None, answered=None):
    known = {consent.giver: clock.london_day(consent.given_at), **(answered or {})}
    return due_on(consent, of or family(born=None), day, answered=known)


def test_it_is_due_from_six_weeks_before_its_review_day_and_counts_until_then():
    first = REVIEW - SOON

    assert due(agreed(), first - DAY) is None
    found = due(agreed(), first)
    assert (found.why, found.until, found.asked) == (Why.REVIEW_DAY, REVIEW, MOTHER)


@pytest.mark.parametrize("state", [ConsentState.REFUSED, ConsentState.WITHDRAWN])
def test_a_no_is_never_due(state):
    assert due(agreed(state=state), REVIEW + DAY) is None


def test_from_her_sixteenth_birthday_the_young_person_is_asked_and_the_yes_counts_on():
    sixteen = birthday(BORN, 16)

    assert due(agreed(), sixteen - DAY, of=family()) is None
    found = due(agreed(), sixteen, of=family())
    assert (found.why, found.asked, found.until) == (Why.SIXTEEN, DAUGHTER, REVIEW)


def test_once_she_has_answered_herself_her_birthday_asks_nothing_more():
    sixteen = birthday(BORN, 16)
    before, after = {DAUGHTER: sixteen - DAY}, {DAUGHTER: sixteen}

    assert due(agreed(), sixteen, of=family(), answered=before).why is Why.SIXTEEN
    assert due(agreed(), sixteen, of=family(), answered=after) is None


def test_at_eighteen_what_a_parent_said_for_her_has_ended_the_day_before():
    eighteen = birthday(date(2008, 7, 15), 18)
    found = due(agreed(), eighteen, of=family(date(2008, 7, 15)))

    assert (found.why, found.until) == (Why.EIGHTEEN, eighteen - DAY)


def test_what_she_said_herself_counts_on_after_her_birthday_and_is_due():
    own = agreed(giver=DAUGHTER, subjects=(DAUGHTER,), capacity=Capacity.CHILD_COMPETENT_UNDER_16)
    found = due(own, birthday(BORN, 16), of=family())

    assert (found.why, found.until) == (Why.SIXTEEN, REVIEW)


def test_who_was_born_on_the_last_of_february_grows_up_on_the_first_of_march():
    leap = family(date(2012, 2, 29))
    later = agreed()
    later = Consent(
        **{
            **{name: getattr(later, name) for name in later.__slots__},
            "given_at": datetime(2027, 10, 1, tzinfo=UTC),
            "review_on": date(2028, 9, 1),
        }
    )
    # 2028 is a leap year: she is 16 on the day itself.
    assert due(later, date(2028, 2, 28), of=leap) is None
    assert due(later, date(2028, 2, 29), of=leap).why is Why.SIXTEEN


def test_in_a_common_year_she_grows_up_on_the_first_of_march():
    assert birthday(date(2012, 2, 29), 18) == date(2030, 3, 1)
    assert age_on(date(2012, 2, 29), date(2030, 2, 28)) == 17
    assert age_on(date(2012, 2, 29), date(2030, 3, 1)) == 18


@pytest.mark.parametrize(
    ("born", "first"),
    [
        # A birthday on the night the clocks go forward, and on the one they go back.
        (date(2008, 3, 29), datetime(2026, 3, 29, 0, tzinfo=UTC)),
        (date(2008, 10, 25), datetime(2026, 10, 24, 23, tzinfo=UTC)),
        (date(2012, 2, 29), datetime(2030, 3, 1, 0, tzinfo=UTC)),
    ],
)
def test_somebody_is_grown_up_from_the_first_second_of_her_day_in_london(born, first):
    assert adult_at(born) == first


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 7, 1), datetime(2026, 7, 1, 23, tzinfo=UTC)),
        (date(2026, 12, 1), datetime(2026, 12, 2, 0, tzinfo=UTC)),
        # The night on which the clocks go back, and the one on which they go forward.
        (date(2026, 10, 25), datetime(2026, 10, 26, 0, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 23, tzinfo=UTC)),
    ],
)
def test_a_yes_ends_with_its_london_day_to_the_second_whatever_the_clocks_do(day, end):
    assert end_of(day) == end


def test_a_child_under_sixteen_is_judged_anew_and_never_by_one_press():
    own = agreed(giver=DAUGHTER, subjects=(DAUGHTER,), capacity=Capacity.CHILD_COMPETENT_UNDER_16)
    sixteen, eighteen = birthday(BORN, 16), birthday(BORN, 18)

    assert capacity_on(own, family(), sixteen - DAY) is None
    assert capacity_on(own, family(), sixteen) is Capacity.YOUNG_PERSON_16_17
    assert capacity_on(own, family(), eighteen) is Capacity.ADULT_FOR_SELF
    assert capacity_on(agreed(), family(), sixteen) is Capacity.PARENT_WITH_PR
