"""The bus between processes: NATS, which carries short hints and keeps nothing.

What is told may be lost, late or doubled, and while NATS is away nothing is carried at all: whoever
uses this finds everything by itself, only later. It is the one place that knows NATS.

Rule: ADR-0018.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

if TYPE_CHECKING:
    from nats.aio.subscription import Subscription

log = logging.getLogger(__name__)

Hearer = Callable[[bytes], None]

MOST_WAITING = 10_000
"""How many hints wait to be sent before the newest are dropped."""

AGAIN_S = 1
ANSWERS_WITHIN_S = 2
PING_EACH_S = 5
"""A NATS that does not answer two pings is taken for gone."""


class NatsBus:
    """One connection to NATS, made anew whenever it is lost."""

    def __init__(self, address: str) -> None:
        """Prepare; `address` may hold a name and a password."""
        self._address = address
        self._client: Client | None = None
        self._waiting: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(MOST_WAITING)
        self._followed: dict[str, Hearer] = {}
        self._subscribed: dict[str, Subscription] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_up(self) -> bool:
        """Say whether hints are carried just now."""
        return self._client is not None and self._client.is_connected

    async def is_well(self) -> bool:
        """Say the same, as what asks for the health of the service asks."""
        return self.is_up

    async def start(self) -> None:
        """Connect, beside all else: nothing waits for the bus."""
        self._tasks = [
            asyncio.create_task(self._stay_connected()),
            asyncio.create_task(self._send_waiting()),
        ]

    async def stop(self) -> None:
        """Disconnect. What was not sent is not missed: it is in the rows."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def tell(self, subject: str, said: bytes) -> None:
        """Send to all other processes that follow the subject. Never waits, never raises."""
        if self.is_up:
            with suppress(asyncio.QueueFull):
                self._waiting.put_nowait((subject, said))

    async def follow(self, subject: str, hear: Hearer) -> None:
        """Have `hear` called with whatever other processes say on the subject from now on."""
        self._followed[subject] = hear
        if self._client is not None:
            with suppress(NatsError):
                await self._subscribe(self._client, subject)

    async def leave(self, subject: str) -> None:
        """Follow a subject no more."""
        self._followed.pop(subject, None)
        subscribed = self._subscribed.pop(subject, None)
        if subscribed is not None:
            with suppress(NatsError):
                await subscribed.unsubscribe()

    async def _stay_connected(self) -> None:
        while True:
            client, is_closed = Client(), asyncio.Event()
            try:
                await self._connect(client, is_closed)
                log.info("the bus is there")
                await is_closed.wait()
            except Exception as fault:  # noqa: BLE001  whatever it is, it is tried again
                # The kind alone: what the library says may repeat the address with its password.
                log.warning("the bus cannot be reached: %s", type(fault).__name__)
            finally:
                self._client = None
                self._subscribed.clear()
                with suppress(NatsError, OSError):
                    await client.close()
            await asyncio.sleep(AGAIN_S)

    async def _connect(self, client: Client, is_closed: asyncio.Event) -> None:
        async def gone() -> None:
            is_closed.set()

        async def lost() -> None:
            log.warning("the bus is gone: other processes hear of changes up to a second later")

        async def fault(found: Exception) -> None:
            log.debug("the bus: %s", type(found).__name__)

        await client.connect(
            self._address,
            name="tacroom",
            allow_reconnect=False,  # we connect anew ourselves: one way for the first and the rest
            connect_timeout=ANSWERS_WITHIN_S,
            ping_interval=PING_EACH_S,
            no_echo=True,
            disconnected_cb=lost,
            closed_cb=gone,
            error_cb=fault,
        )
        self._client = client  # from here on, who begins to follow subscribes there and then
        for subject in list(self._followed):
            await self._subscribe(client, subject)

    async def _subscribe(self, client: Client, subject: str) -> None:
        async def heard(message: Msg) -> None:
            if subject in self._followed:
                self._followed[subject](message.data)

        if subject not in self._subscribed:
            self._subscribed[subject] = await client.subscribe(subject, cb=heard)

    async def _send_waiting(self) -> None:
        while True:
            subject, said = await self._waiting.get()
            if self._client is not None:
                with suppress(NatsError, OSError):
                    await self._client.publish(subject, said)
