"""What a page makes a browser fetch: script and style, compressed as they travel."""

import gzip
import re
from pathlib import Path

from tests.benchmarks.figure import Figure

STATIC = Path(__file__).resolve().parents[2] / "web" / "static"
AT_ONCE = re.compile(r"""(?:^|[;}\s])(?:import|export)\b[^"'()]*["']\./([\w.-]+\.js)["']""")


def fetched(name: str) -> set[str]:
    """A script and all that it fetches before it runs; what it fetches at first use stays out."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        script = waiting.pop()
        if script not in found:
            found.add(script)
            waiting += AT_ONCE.findall((STATIC / script).read_text())
    return found


def weight_kb(names: set[str]) -> float:
    """The files' size in kB (1,000 bytes), each compressed by gzip."""
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names) / 1_000


async def measure() -> list[Figure]:
    """Weigh the live page, its editor, the other pages and the style."""
    room, editor = fetched("room.js"), fetched("editor.js")
    return [
        Figure("script of the live page", weight_kb(room), 40, "kB"),
        Figure("script of the editor, at first use, more", weight_kb(editor - room), 130, "kB"),
        Figure("script of every other page", weight_kb(fetched("app.js")), 8, "kB"),
        Figure("style", weight_kb({"app.css"}), 20, "kB"),
    ]
