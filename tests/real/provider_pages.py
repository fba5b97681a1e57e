"""Pages with the stock npm `@hocuspocus/provider`, in a Node of their own, driven from a test."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.real import node

SOURCE = Path(__file__).with_name("provider")


class ProviderPages:
    """Any number of pages, each with one socket and any number of documents."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last = 0

    async def do(self, command: str, **rest: Any) -> Any:
        """Have one command carried out; what it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._last += 1
        line = json.dumps({"id": self._last, "command": command, **rest})
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()
        said = json.loads(await asyncio.wait_for(self._process.stdout.readline(), 10))
        assert said["id"] == self._last
        assert "fault" not in said, said["fault"]
        return said["value"]

    async def until(
        self, page: str, name: str, holds: Callable[[Any], object], timeout_s: float = 10.0
    ) -> Any:
        """Look at a document until something holds; what was seen then."""
        seen: Any = None
        try:
            async with asyncio.timeout(timeout_s):
                while not holds(seen := await self.do("look", page=page, name=name)):
                    await asyncio.sleep(0.01)
        except TimeoutError as late:
            raise AssertionError(f"never held: {seen}") from late
        return seen


@asynccontextmanager
async def provider_pages() -> AsyncIterator[ProviderPages]:
    """Start the Node that holds the pages.

    Raises:
        NodeMissing: there is none, or its packages could not be had.
    """
    folder = await asyncio.to_thread(node.packages, SOURCE)
    shutil.copy(SOURCE / "pages.mjs", folder)
    process = await asyncio.create_subprocess_exec(
        str(node.node()),
        "pages.mjs",
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=64 * 1024 * 1024,
    )
    try:
        yield ProviderPages(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()
