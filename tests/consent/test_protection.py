"""What closes a thing to whom: each rule by itself, without a store."""

from dataclasses import replace

import pytest

from consent.consent import Recipient
from consent.protection import (
    Conflict,
    Exclusion,
    FamilyRule,
    MarkerKind,
    Protections,
    RuleSort,
    SafetyMarker,
    is_against,
)
from policies.facts import Confidentiality, Kind, label_of_room
from server.kernel.ids import AgencyCode, MemberId, PersonId, new_id
from tests.consent.facts import HEALTH, OTIS, PIP, ROOM, SCHOOL, TAMSIN, label

HER = MemberId(new_id())
DORRAN = PersonId(new_id())
IMARA = Recipient(HER, SCHOOL)
FATHER = Recipient(MemberId(new_id()), AgencyCode("family"), DORRAN)
MOTHER = Recipient(MemberId(new_id()), AgencyCode("family"), TAMSIN)
SOMEBODY = Recipient(MemberId(new_id()), HEALTH)
PART = label()
ADDRESS = label(categories=frozenset({"address_confidential"}), subjects=frozenset({PIP}))
MEETING = label_of_room(ROOM, Kind.MEETING)


def exclusion(**changes):
    return replace(Exclusion(new_id(), ROOM, "why", member=HER), **changes)


def rule(sort=RuleSort.NEVER, **changes):
    plain = FamilyRule(new_id(), ROOM, TAMSIN, "words", sort, frozenset({TAMSIN, OTIS}))
    return replace(plain, **changes)


def marker(**changes):
    plain = SafetyMarker(new_id(), ROOM, MarkerKind.NO_CONTACT, "basis", person=DORRAN)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "to", "closes"),
    [
        ({}, IMARA, True),
        ({}, SOMEBODY, False),
        ({}, FATHER, False),
        ({"member": None, "person": DORRAN}, FATHER, True),
        ({"member": None, "person": DORRAN}, MOTHER, False),
        ({"member": None, "person": DORRAN}, IMARA, False),
        ({"person": DORRAN}, IMARA, True),
        ({"thing": PART.thing}, IMARA, True),
        ({"thing": PART.thing}, SOMEBODY, False),
        ({"thing": new_id()}, IMARA, False),
    ],
)
def test_an_exclusion_closes_the_room_or_one_thing_to_whom_it_names(changes, to, closes):
    assert exclusion(**changes).closes(PART, to) is closes


def test_who_is_kept_out_of_a_part_is_kept_out_of_what_serves_it():
    serving = label(serves=PART.thing)

    assert exclusion(thing=PART.thing).closes(serving, IMARA)
    assert marker(thing=PART.thing).closes(serving, FATHER)
    assert not exclusion(thing=PART.thing).closes(label(serves=new_id()), IMARA)
    assert not marker(thing=PART.thing).closes(label(serves=new_id()), FATHER)


@pytest.mark.parametrize(
    ("named", "to", "closes"),
    [
        ({"people": frozenset({DORRAN})}, FATHER, True),
        ({"people": frozenset({DORRAN})}, MOTHER, False),
        ({"people": frozenset({DORRAN})}, IMARA, False),
        ({"members": frozenset({HER})}, IMARA, True),
        ({"members": frozenset({HER})}, SOMEBODY, False),
        ({"agencies": frozenset({HEALTH})}, SOMEBODY, True),
        ({"agencies": frozenset({HEALTH})}, IMARA, False),
        ({"agencies": frozenset({HEALTH}), "people": frozenset({DORRAN})}, FATHER, True),
    ],
)
def test_never_closes_what_it_is_about_to_those_it_names(named, to, closes):
    told = rule(**named)

    assert told.closes(PART, to) is told.names(to) is is_against(told, to) is closes
    assert not told.closes(label(subjects=frozenset({PIP})), to)
    assert not told.closes(replace(PART, kind=Kind.ROOM), to)
    # Somebody of the family who is kept from anything is told of no meeting; nobody else is.
    assert told.closes(MEETING, to) is (closes and to.person is not None)


def test_never_may_be_about_some_categories_alone():
    told = rule(members=frozenset({HER}), categories=frozenset({"asb", "education_attendance"}))

    assert told.closes(PART, IMARA)
    assert not told.closes(replace(PART, categories=frozenset({"parenting"})), IMARA)


def test_only_closes_to_all_but_those_it_names_who_said_it_and_whom_it_is_about():
    told = rule(RuleSort.ONLY, members=frozenset({HER}))
    otis = Recipient(MemberId(new_id()), AgencyCode("family"), OTIS)

    assert [told.closes(PART, to) for to in (IMARA, SOMEBODY, FATHER, MOTHER, otis)] == [
        False, True, True, False, False,
    ]  # fmt: skip
    said_for_otis = replace(told, subjects=frozenset({OTIS}))
    assert not said_for_otis.closes(PART, MOTHER)
    assert not told.closes(MEETING, FATHER)
    assert not replace(told, people=frozenset({DORRAN})).closes(MEETING, FATHER)
    assert not is_against(told, IMARA)
    assert not is_against(told, FATHER)
    assert is_against(replace(told, sort=RuleSort.NEVER), IMARA)


@pytest.mark.parametrize("sort", RuleSort)
def test_nobody_is_kept_from_what_is_about_herself_alone(sort):
    told = rule(sort, subjects=frozenset({OTIS, DORRAN}), people=frozenset({DORRAN}))
    if sort is RuleSort.ONLY:
        told = replace(told, people=frozenset({TAMSIN}), subjects=frozenset({DORRAN}))

    assert not told.closes(label(subjects=frozenset({DORRAN})), FATHER)
    assert rule(people=frozenset({DORRAN})).closes(
        label(subjects=frozenset({OTIS, DORRAN})), FATHER
    )


def test_an_address_is_of_all_who_live_there():
    told = rule(people=frozenset({DORRAN}), categories=frozenset({"address_confidential"}))

    assert told.closes(ADDRESS, FATHER)
    assert not told.closes(replace(PART, subjects=frozenset({PIP})), FATHER)
    assert not rule(people=frozenset({DORRAN})).closes(ADDRESS, FATHER)
    both = replace(told, categories=told.categories | {"education_attendance"})
    assert not both.closes(replace(PART, subjects=frozenset({PIP})), FATHER)


def test_who_answered_for_herself_is_no_longer_spoken_for_but_by_herself():
    told = rule(people=frozenset({DORRAN}))

    assert not told.closes(PART, FATHER, {OTIS})
    assert told.closes(PART, FATHER, {PIP})
    about_her = label(subjects=frozenset({TAMSIN, PIP}))
    assert told.closes(about_her, FATHER, {OTIS, TAMSIN})


@pytest.mark.parametrize(
    ("changes", "of", "to", "closes"),
    [
        ({}, PART, FATHER, True),
        ({}, PART, MOTHER, False),
        ({}, MEETING, FATHER, True),
        ({}, MEETING, MOTHER, False),
        ({"thing": PART.thing}, MEETING, FATHER, True),
        ({"thing": PART.thing}, PART, FATHER, True),
        ({"thing": PART.thing}, label(), FATHER, False),
        ({"category": "education_attendance"}, PART, FATHER, True),
        ({"category": "asb"}, PART, FATHER, False),
        ({"protects": OTIS}, PART, FATHER, True),
        ({"protects": PIP}, PART, FATHER, False),
        ({"protects": TAMSIN, "category": "address_confidential"}, ADDRESS, FATHER, True),
        ({"protects": TAMSIN, "category": "education_attendance"}, PART, FATHER, False),
        ({"kind": MarkerKind.CONFIDENTIAL_ADDRESS}, PART, FATHER, True),
        ({"kind": MarkerKind.RISK_TO_STAFF}, PART, FATHER, False),
        ({"kind": MarkerKind.SAFE_CONTACT_METHOD}, MEETING, FATHER, False),
        ({"person": None, "member": HER}, PART, IMARA, True),
        ({"person": None, "member": HER}, MEETING, IMARA, True),
        ({"person": None, "member": HER, "thing": PART.thing}, MEETING, IMARA, False),
    ],
)
def test_a_marker_closes_what_could_lead_whom_it_is_against_to_somebody(changes, of, to, closes):
    assert marker(**changes).closes(of, to) is closes


def test_what_closes_is_named_an_exclusion_before_a_rule():
    out, ruled = exclusion(), rule(members=frozenset({HER}))
    both = Protections(exclusions=(exclusion(member=None), out), rules=(ruled,))

    assert both.exclusion(PART, IMARA) == out.id.hex
    assert Protections(rules=(rule(), ruled)).exclusion(PART, IMARA) == ruled.id.hex
    assert Protections(rules=(ruled,)).exclusion(PART, IMARA, {OTIS}) == "no"
    assert both.exclusion(PART, SOMEBODY) == both.marker(PART, IMARA) == "no"
    assert out.sort is Conflict.OTHER


def test_a_restricted_thing_is_open_to_those_on_its_list_alone():
    listed = label(confidentiality=Confidentiality.RESTRICTED, named=frozenset({HER}))

    assert Protections().exclusion(listed, IMARA) == "no"
    assert Protections().exclusion(listed, SOMEBODY) == "restricted"
    assert Protections().exclusion(replace(listed, named=frozenset()), IMARA) == "restricted"
    in_confidence = replace(listed, confidentiality=Confidentiality.IN_CONFIDENCE)
    assert Protections().exclusion(in_confidence, SOMEBODY) == "no"


def test_the_marker_that_closes_is_named():
    other, against = marker(person=TAMSIN), marker()

    assert Protections(markers=(other, against)).marker(PART, FATHER) == against.id.hex
    assert Protections(markers=(other,)).marker(PART, FATHER) == "no"
