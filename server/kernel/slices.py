"""Long work on the loop is done in slices: between two of them others are served."""

import asyncio
from time import perf_counter

SLICE_S = 0.001


class Slices:
    """The slices of one piece of work."""

    def __init__(self) -> None:
        """Begin the first slice."""
        self._since = perf_counter()

    async def breathe(self) -> None:
        """Let others be served, once the slice has taken its time."""
        if perf_counter() - self._since > SLICE_S:
            await asyncio.sleep(0)
            self._since = perf_counter()
