"""An action: what is to be done, by whom, by which day, and where it stands.

Pure: the rules of who may move an action from one state to another. Whether somebody may know
of the action at all is the gate's answer, never this module's.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from policies.facts import Label
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import ActionId, MemberId, RoomId

LONGEST_WHAT = 300
LONGEST_REASON = 1000
FURTHEST_DUE = timedelta(days=731)

CHANGED_MEANWHILE = (
    "Somebody else changed this action while you were working. "
    "What you wrote is kept below. Look at the action again."
)

Faults = dict[str, str]


class State(StrEnum):
    """Where an action stands. A carried action is open again, with a later day."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    CARRIED = "carried"
    DONE = "done"
    NOT_DONE = "not_done"
    CANCELLED = "cancelled"


TO_DO = frozenset({State.OPEN, State.IN_PROGRESS, State.CARRIED})
"""States in which something is still to be done, so that a day can be missed."""

STEPS: dict[State, frozenset[State]] = {
    State.OPEN: frozenset(
        {State.IN_PROGRESS, State.DONE, State.NOT_DONE, State.CARRIED, State.CANCELLED}
    ),
    State.IN_PROGRESS: frozenset({State.DONE, State.NOT_DONE, State.CARRIED, State.CANCELLED}),
    State.CARRIED: frozenset(
        {State.IN_PROGRESS, State.DONE, State.NOT_DONE, State.CARRIED, State.CANCELLED}
    ),
    State.DONE: frozenset(),
    State.NOT_DONE: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Every step there is; anything not listed is refused."""

NEEDS_A_REASON = frozenset({State.NOT_DONE, State.CARRIED, State.CANCELLED})
LEAD_ALONE = frozenset({State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `what` is opened only for those who may see it; in rows it is sealed.

    `serves` is the part of the plan it was added from, whose label it bears; `version` counts
    every change, so that two people saving at once are noticed.
    """

    id: ActionId
    room: RoomId
    label: Label
    what: str
    owner: MemberId
    serves: UUID
    due: date
    state: State
    carried: int
    version: int
    added_by: MemberId
    added_at: datetime
    reason: str = ""

    def is_late(self, today: date) -> bool:
        """Tell whether its London day has passed with something still to do."""
        return self.state in TO_DO and self.due < today

    @property
    def is_to_do(self) -> bool:
        """Tell whether something is still to be done."""
        return self.state in TO_DO


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody wants to do to an action she has looked at in its `version`."""

    to: State
    version: int
    reason: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One line of an action's history: what it became, by whom, and why."""

    state: State
    due: date
    moved_by: MemberId
    moved_at: datetime
    reason: str


def steps_open_to(action: Action, *, is_owner: bool, is_lead: bool) -> tuple[State, ...]:
    """Return the states this person may move the action to, in the order of `State`.

    Rule: the owner says how it went; the lead practitioner may too, and she alone cancels.
    """
    if not (is_owner or is_lead):
        return ()
    open_steps = STEPS[action.state]
    return tuple(
        state for state in State if state in open_steps and (is_lead or state not in LEAD_ALONE)
    )


def moved(action: Action, step: Step, today: date) -> Action:
    """Return the action after the step, with its version counted up.

    Raises:
        Conflict: it was changed since she looked, or the step no longer exists from here.
        Invalid: a reason or a later day is missing.
    """
    if step.version != action.version or step.to not in STEPS[action.state]:
        raise Conflict(CHANGED_MEANWHILE)
    reason = step.reason.strip()
    faults = _faults_of(action, step, reason, today)
    if faults:
        raise Invalid(faults)
    is_carried = step.to is State.CARRIED
    return replace(
        action,
        state=step.to,
        reason=reason,
        due=step.due if is_carried and step.due else action.due,
        carried=action.carried + is_carried,
        version=action.version + 1,
    )


def _faults_of(action: Action, step: Step, reason: str, today: date) -> Faults:
    faults: Faults = {}
    if step.to in NEEDS_A_REASON and not reason:
        faults["reason"] = "Say why, in a few words."
    elif len(reason) > LONGEST_REASON:
        faults["reason"] = f"Say why in {LONGEST_REASON} characters or fewer."
    if step.to is State.CARRIED:
        fault = fault_of_due(step.due, today)
        if fault:
            faults["due"] = fault
        elif step.due is not None and step.due <= action.due:
            faults["due"] = "Choose a day later than the one it had."
    return faults


def fault_of_due(due: date | None, today: date) -> str | None:
    """Return what is wrong with a due day, or None if it will do."""
    if due is None:
        return "Enter the day it is to be done by, such as 27 6 2026."
    if due < today:
        return "The day must be today or later."
    if due - today > FURTHEST_DUE:
        return "The day must be within the next two years."
    return None


def fault_of_what(what: str) -> str | None:
    """Return what is wrong with the words of an action, or None if they will do."""
    if not what:
        return "Say what is to be done."
    if len(what) > LONGEST_WHAT:
        return f"Say what is to be done in {LONGEST_WHAT} characters or fewer."
    return None


def clean_words(words: str) -> str:
    """Return words in one line: control characters out, runs of spaces made one."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())
