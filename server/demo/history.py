"""Plays four weeks of the demo family's history through the product's own operations.

Every line of it passes the gate and stands in the log at its own day, refusals too. Nothing is
written past an operation, so what the demo shows is what the product does.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from consent.activating import lay_house_rules
from server.demo import agreeing, plan, story
from server.demo.cast import Cast
from server.demo.steps import Steps
from server.kernel import clock

A_MINUTE = timedelta(minutes=1)
MORNING, AFTERNOON, LATE = time(10), time(16, 30), time(17, 30)


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens on one day of the story, at one time."""

    day: int
    at: time
    play: Callable[[], Awaitable[object]]


class History(Steps):
    """The story of one family, told from its first day on."""

    _last: datetime | None = None

    @contextmanager
    def on(self, offset: int, at: time = MORNING) -> Iterator[datetime]:
        """Set the clock to a day of the story, in London time; it never goes back.

        Two days of the story may fall on one Friday: what comes later in it stays later.
        """
        instant = clock.london_instant(self.day(offset), at.hour, at.minute)
        if self._last is not None:
            instant = max(instant, self._last + A_MINUTE)
        with clock.moved_to(instant):
            yield instant
            self._last = clock.now()

    async def play(self) -> Cast:
        """Play all of it, in the order of its days."""
        for scene in sorted(self._scenes(), key=lambda one: (one.day, one.at)):
            with self.on(scene.day, scene.at):
                await scene.play()
        return self.cast

    def _scenes(self) -> list[Scene]:
        return [
            Scene(-62, MORNING, lay_house_rules),
            Scene(-61, MORNING, self.start_house),
            Scene(-53, MORNING, self.activate_agreement),
            Scene(-53, time(11), self.confirm_duty),
            *self._beginning(),
            *self._team_comes(),
            *self._plan(),
            *(Scene(one.day, AFTERNOON, partial(self.upload, one)) for one in plan.DOCUMENTS),
            *(
                scene
                for one in story.DECISIONS
                for scene in (
                    Scene(one.day, time(17, 10), partial(self.decide, one)),
                    Scene(one.reviewed, time(9, 30), self.review_decisions),
                )
            ),
            *self._actions(),
            *self._reading(),
            Scene(-6, time(11, 15), self.withdraw_money),
            Scene(-5, MORNING, self.confirm_stop),
        ]

    # ------------------------------------------------------------ scenes

    def _beginning(self) -> list[Scene]:
        return [
            Scene(-28, time(16, 10), self.check_register),
            Scene(-27, MORNING, self.open_room),
            Scene(-25, time(15, 30), partial(self.agree, "tamsin", agreeing.tamsins_yes)),
            Scene(-18, time(13), partial(self.agree, "juno", agreeing.junos_yes)),
            Scene(-17, time(16), partial(self.agree, "dorran", agreeing.dorrans_no)),
            Scene(-16, AFTERNOON, partial(self.keep_from_dorran, story.NO_CONTACT)),
        ]

    def _team_comes(self) -> list[Scene]:
        """Invite the team; one invitation is stopped before anything is sent."""
        comes = (("bronagh", -24, -24), ("leona", -24, -24), ("gethin", -24, -24))
        return [
            scene
            for code, invited, joined in (*comes, ("ketan", -21, -18))
            for scene in (
                Scene(invited, time(9, 20), partial(self.invite, code)),
                Scene(joined, time(15), partial(self.join, code)),
            )
        ] + [Scene(-24, time(9, 40), partial(self.invite, "saskia"))]

    def _plan(self) -> list[Scene]:
        scenes = [Scene(one.day, AFTERNOON, partial(self.add_part, one)) for one in plan.PARTS]
        for part in plan.PARTS:
            scenes += [
                Scene(one.day, LATE, partial(self.write_on, part, one)) for one in part.added
            ]
        return [*scenes, Scene(-20, time(17), self.schedule_review)]

    def _actions(self) -> list[Scene]:
        given = [Scene(one.given, LATE, partial(self.give, one)) for one in plan.ACTIONS]
        moved = [
            Scene(one.moved, time(14), partial(self.move, one))
            for one in plan.ACTIONS
            if one.moved is not None
        ]
        return [*given, *moved]

    def _reading(self) -> list[Scene]:
        """Let people look: one at what is not hers, one at the log, and who last saw the plan."""
        return [
            Scene(-14, time(17), self.ask_for_the_letter),
            *(Scene(-10, AFTERNOON, partial(self.read_plan, code)) for code in plan.READERS),
            Scene(-4, MORNING, self.look_at_refusals),
            Scene(-3, time(18, 20), partial(self.read_plan, "dorran")),
        ]
