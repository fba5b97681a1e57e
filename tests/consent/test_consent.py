"""Whose yes counts: by name before by organisation, own before others', one yes of several."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consent.consent import (
    Agreed,
    Capacity,
    Choice,
    Consent,
    ConsentLine,
    ConsentState,
    Recipient,
    answers_among,
    live_lines,
)
from server.directory.agency import FAMILY
from server.kernel.ids import AgencyCode, ConsentId, MemberId, PersonId, RoomId, new_id

NOW = datetime(2026, 6, 17, 9, 30, tzinfo=UTC)
TAMSIN, DORRAN, JUNO, OTIS = (PersonId(new_id()) for _ in range(4))
SCHOOL, HEALTH, HOUSING = (
    AgencyCode(code) for code in ("tansy_vale", "quillmere_hv", "bramblegate")
)
BRONAGH, KETAN, LEONA, MUM = (MemberId(new_id()) for _ in range(4))
CONSENTS = {giver: ConsentId(new_id()) for giver in (TAMSIN, DORRAN, JUNO)}


def line(
    choice: Choice = Choice.YES,
    agency: AgencyCode = SCHOOL,
    *,
    giver: PersonId = TAMSIN,
    subject: PersonId = OTIS,
    member: MemberId | None = None,
    person: PersonId | None = None,
    version: int = 1,
    until: datetime = NOW + timedelta(days=1),
) -> ConsentLine:
    return ConsentLine(
        consent=CONSENTS[giver],
        version=version,
        giver=giver,
        capacity=Capacity.PARENT_WITH_PR,
        subject=subject,
        agency=agency,
        member=member,
        person=person,
        category="housing_tenancy",
        purpose="plan",
        choice=choice,
        given_at=NOW,
        until=until,
    )


def covers(
    *lines: ConsentLine,
    to: Recipient = Recipient(BRONAGH, HEALTH),  # noqa: B008  frozen
    subject: PersonId = OTIS,
    purpose: str = "plan",
) -> bool:
    agreed = Agreed(NOW, answers_among(lines))
    cover = agreed.covering(subject, "housing_tenancy", purpose, origin=SCHOOL, to=to)
    return cover is not None


def test_a_yes_for_both_ends_opens():
    assert covers(line(), line(agency=HEALTH))


def test_a_yes_for_one_end_alone_opens_nothing():
    assert not covers(line())
    assert not covers(line(agency=HEALTH))
    assert not covers(line(agency=HEALTH), line(Choice.NO))


def test_no_answer_and_ask_me_are_no_yes():
    assert not covers()
    assert not covers(line(), line(Choice.ASK_ME, HEALTH))


def test_a_yes_is_for_its_subject_and_its_purpose_alone():
    assert not covers(line(), line(agency=HEALTH), subject=TAMSIN)
    assert not covers(line(), line(agency=HEALTH), purpose="review")


def test_a_named_persons_answer_stands_before_her_organisations():
    only_bronagh = (line(), line(Choice.NO, HEALTH), line(agency=HEALTH, member=BRONAGH))
    all_but_ketan = (line(), line(agency=HEALTH), line(Choice.NO, HEALTH, member=KETAN))

    assert covers(*only_bronagh)
    assert not covers(*only_bronagh, to=Recipient(KETAN, HEALTH))
    assert covers(*all_but_ketan)
    assert not covers(*all_but_ketan, to=Recipient(KETAN, HEALTH))


def test_where_something_comes_from_a_yes_by_name_is_enough():
    by_name = (line(Choice.NO), line(member=LEONA), line(agency=HEALTH))

    assert covers(*by_name)
    assert not covers(line(Choice.NO), line(Choice.NO, member=LEONA), line(agency=HEALTH))


def test_the_newest_answer_of_a_giver_replaces_her_older_ones():
    taken_back = [line(), line(agency=HEALTH), line(Choice.NO, HEALTH, version=2)]

    assert not covers(*taken_back)
    assert not covers(*reversed(taken_back))
    assert covers(*taken_back, line(agency=HEALTH, version=3))
    assert len(live_lines(taken_back)) == 2


def test_one_parents_no_undoes_not_the_others_yes():
    mother = (line(), line(agency=HEALTH))
    father = (line(Choice.NO, giver=DORRAN), line(Choice.NO, HEALTH, giver=DORRAN))

    assert covers(*mother, *father)
    assert covers(*father, *mother)
    assert not covers(*father)


def test_two_half_answers_of_two_givers_are_no_whole_one():
    assert not covers(line(giver=TAMSIN), line(agency=HEALTH, giver=DORRAN))


def test_what_a_young_person_said_of_herself_stands_before_what_others_said_of_her():
    mother = (line(subject=JUNO), line(agency=HEALTH, subject=JUNO))
    herself = (
        line(subject=JUNO, giver=JUNO),
        line(Choice.NO, HEALTH, subject=JUNO, giver=JUNO),
    )

    assert covers(*mother, subject=JUNO)
    assert not covers(*mother, *herself, subject=JUNO)
    assert covers(*herself, line(agency=HEALTH, subject=JUNO, giver=JUNO, version=2), subject=JUNO)


def test_a_yes_lapses_at_its_end_and_not_before():
    at_the_end = replace(line(agency=HEALTH), until=NOW)
    just_before = replace(line(agency=HEALTH), until=NOW + timedelta(microseconds=1))

    assert not covers(line(), at_the_end)
    assert covers(line(), just_before)
    assert not covers(replace(line(), until=NOW), line(agency=HEALTH))


def test_somebody_of_the_family_is_told_by_her_own_name_alone():
    mum = Recipient(MUM, FAMILY, TAMSIN)
    named = line(agency=FAMILY, person=TAMSIN, giver=JUNO, subject=JUNO)
    school = line(giver=JUNO, subject=JUNO)
    to_the_family = line(agency=FAMILY, giver=JUNO, subject=JUNO)

    assert covers(school, named, to=mum, subject=JUNO)
    assert not covers(school, to_the_family, to=mum, subject=JUNO)
    assert not covers(school, named, to=Recipient(MUM, FAMILY, DORRAN), subject=JUNO)


def test_answers_hold_for_what_they_let_out_until_the_first_of_them_ends():
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(days=1)
    agreed = Agreed(NOW, answers_among([line(until=later), line(agency=HEALTH, until=soon)]))

    assert agreed.holds_at(NOW)
    assert agreed.holds_at(soon - timedelta(microseconds=1))
    assert not agreed.holds_at(soon)
    assert not agreed.holds_at(NOW - timedelta(microseconds=1))
    assert Agreed(soon, agreed.by_about).holds_at(soon)
    assert not Agreed(soon, agreed.by_about).holds_at(later)
    assert Agreed(later, agreed.by_about).holds_at(later + timedelta(days=9))


def test_a_cover_names_every_version_it_rests_on_and_its_first_end():
    agreed = Agreed(
        NOW,
        answers_among([line(until=NOW + timedelta(days=3)), line(agency=HEALTH, version=2)]),
    )

    cover = agreed.covering(
        OTIS, "housing_tenancy", "plan", origin=SCHOOL, to=Recipient(BRONAGH, HEALTH)
    )

    assert cover is not None
    assert cover.consents == {(CONSENTS[TAMSIN], 1), (CONSENTS[TAMSIN], 2)}
    assert cover.until == NOW + timedelta(days=1)
    assert cover.giver == TAMSIN


@pytest.mark.parametrize(
    ("state", "later"),
    [
        (ConsentState.GIVEN, ConsentState.LAPSED),
        (ConsentState.PARTLY_GIVEN, ConsentState.LAPSED),
        (ConsentState.REFUSED, ConsentState.REFUSED),
        (ConsentState.WITHDRAWN, ConsentState.WITHDRAWN),
    ],
)
def test_only_a_yes_can_lapse(state, later):
    consent = Consent(
        id=CONSENTS[TAMSIN],
        version=1,
        room=RoomId(new_id()),
        giver=TAMSIN,
        capacity=Capacity.PARENT_WITH_PR,
        subjects=frozenset({OTIS}),
        engaged=True,
        state=state,
        explained=(),
        how="phone",
        given_at=NOW,
        until=NOW + timedelta(days=1),
        review_on=NOW.date(),
        recorder=LEONA,
        recorded_at=NOW,
    )

    assert consent.state_at(NOW) is state
    assert consent.state_at(NOW + timedelta(days=1)) is later


def test_a_later_yes_for_all_of_an_organisation_opens_to_whoever_was_named_before():
    by_name = (line(), line(Choice.NO, HEALTH), line(agency=HEALTH, member=BRONAGH))
    stopped = line(Choice.NO, HEALTH, member=BRONAGH, version=2)
    for_all = line(agency=HEALTH, version=3)

    assert covers(*by_name)
    assert not covers(*by_name, stopped)
    assert covers(*by_name, stopped, for_all)
    assert covers(*by_name, stopped, for_all, to=Recipient(KETAN, HEALTH))
