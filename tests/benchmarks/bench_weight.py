"""What a page makes a browser fetch: script and style, compressed as they travel."""

from tests.benchmarks.figure import Figure
from tests.web.test_bundle import KB, fetched_with, weight


async def measure() -> list[Figure]:
    """Weigh the live page, its editor, the other pages and the style."""
    room, editor = fetched_with("room.js"), fetched_with("editor.js")
    weighed = (
        ("script of the live page", room, 40),
        ("script of the editor, at first use, more", editor - room, 130),
        ("script of every other page", fetched_with("app.js"), 8),
        ("style", {"app.css"}, 20),
    )
    return [Figure(what, weight(names) / KB, most, "kB") for what, names, most in weighed]
