"""The states of an action, and who may move it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.action import (
    STEPS,
    Action,
    State,
    Step,
    clean_words,
    fault_of_due,
    fault_of_what,
    moved,
    steps_open_to,
)
from policies.facts import Label
from server.kernel.clock import now
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import ActionId, MemberId, RoomId, new_id

TODAY = date(2026, 6, 17)


def action(state: State = State.OPEN, due: date = TODAY) -> Action:
    room, added_by = RoomId(new_id()), MemberId(new_id())
    action_id = ActionId(new_id())
    return Action(
        id=action_id,
        room=room,
        label=Label(thing=action_id, room=room),
        what="Mend the fan and treat the damp",
        owner=MemberId(new_id()),
        serves=new_id(),
        due=due,
        state=state,
        carried=0,
        version=1,
        added_by=added_by,
        added_at=now(),
    )


def test_an_action_is_late_from_the_day_after_it_was_due():
    assert not action(due=TODAY).is_late(TODAY)
    assert action(due=TODAY).is_late(TODAY + timedelta(days=1))


@pytest.mark.parametrize("over", [State.DONE, State.NOT_DONE, State.CANCELLED])
def test_what_is_over_is_never_late(over):
    assert not action(over, TODAY).is_late(TODAY + timedelta(days=30))
    assert not action(over).is_to_do


def test_the_owner_may_say_how_it_went_but_not_cancel_it():
    steps = steps_open_to(action(), is_owner=True, is_lead=False)

    assert State.DONE in steps
    assert State.NOT_DONE in steps
    assert State.CANCELLED not in steps


def test_the_lead_may_do_all_that_the_owner_may_and_cancel():
    assert set(steps_open_to(action(), is_owner=False, is_lead=True)) == STEPS[State.OPEN]


def test_anybody_else_may_do_nothing():
    assert steps_open_to(action(), is_owner=False, is_lead=False) == ()


@given(st.sampled_from(State), st.sampled_from(State))
def test_only_listed_steps_are_taken_and_each_counts_the_version_up(before, to):
    step = Step(to=to, version=1, reason="waiting for a letter", due=TODAY + timedelta(days=6))

    if to in STEPS[before]:
        after = moved(action(before), step, TODAY)
        assert (after.state, after.version) == (to, 2)
    else:
        with pytest.raises(Conflict):
            moved(action(before), step, TODAY)


def test_somebody_who_looked_at_an_older_version_is_told_of_the_change():
    seen = action()
    changed = moved(seen, Step(to=State.IN_PROGRESS, version=1), TODAY)

    with pytest.raises(Conflict, match="Somebody else changed this action"):
        moved(changed, Step(to=State.DONE, version=1), TODAY)


@pytest.mark.parametrize("to", [State.NOT_DONE, State.CARRIED, State.CANCELLED])
def test_a_step_back_needs_a_reason(to):
    step = Step(to=to, version=1, reason="  ", due=TODAY + timedelta(days=2))

    with pytest.raises(Invalid) as told:
        moved(action(), step, TODAY)

    assert told.value.faults == {"reason": "Say why, in a few words."}


def test_a_reason_has_a_length():
    with pytest.raises(Invalid, match="1000 characters or fewer"):
        moved(action(), Step(to=State.NOT_DONE, version=1, reason="x" * 1001), TODAY)


def test_carrying_gives_a_later_day_and_is_counted():
    once = moved(
        action(),
        Step(to=State.CARRIED, version=1, reason="letter", due=TODAY + timedelta(days=6)),
        TODAY,
    )
    twice = moved(
        once,
        Step(to=State.CARRIED, version=2, reason="letter", due=TODAY + timedelta(days=9)),
        TODAY,
    )

    assert (twice.due, twice.carried) == (TODAY + timedelta(days=9), 2)


@pytest.mark.parametrize(
    ("due", "sentence"),
    [
        (None, "Enter the day"),
        (TODAY - timedelta(days=1), "today or later"),
        (TODAY + timedelta(days=3), "later than the one it had"),
        (TODAY + timedelta(days=800), "next two years"),
    ],
)
def test_carrying_needs_a_sound_later_day(due, sentence):
    held = action(due=TODAY + timedelta(days=3))

    with pytest.raises(Invalid, match=sentence):
        moved(held, Step(to=State.CARRIED, version=1, reason="letter", due=due), TODAY)


def test_a_finished_action_keeps_its_day():
    held = action(due=TODAY + timedelta(days=3))
    step = Step(to=State.DONE, version=1, due=TODAY + timedelta(days=99))

    assert moved(held, step, TODAY).due == held.due


def test_an_action_needs_words_of_a_sensible_length_and_a_day():
    assert fault_of_what("") == "Say what is to be done."
    assert fault_of_what("x" * 301) is not None
    assert fault_of_what("Ring the school") is None
    assert fault_of_due(TODAY, TODAY) is None


def test_words_are_cleaned_of_control_characters_and_spare_spaces():
    assert clean_words(" Ring\x00 the\n\n school\u202e ") == "Ring the school"


def test_moving_changes_nothing_of_what_was_looked_at():
    before = action()
    as_it_was = replace(before)

    after = moved(before, Step(to=State.DONE, version=1), TODAY)

    assert before == as_it_was
    assert after is not before
