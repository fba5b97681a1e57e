"""The demo's canary words: each stands in one part of the plan, and in no byte of anybody else's.

A test hands in what a persona got, as bytes (a page, a fragment, a frame, an export), and the
helper says which words were in it that she may not have.
"""

from collections.abc import Iterable, Mapping

PLACES: Mapping[str, str] = {
    "plumcanary": "S4",
    "velvetcanary": "S5",
    "coppercanary": "S7",
    "mothcanary": "S9",
    "Herongate-canary": "S11",
    "ironcanary": "S14",
}

ALLOWED: Mapping[str, frozenset[str]] = {
    # who may have which canary on the demo's first day; nobody else has any
    "imara": frozenset(PLACES),
    "bronagh": frozenset(
        {"plumcanary", "velvetcanary", "coppercanary", "Herongate-canary", "ironcanary"}
    ),
    "ketan": frozenset({"plumcanary", "mothcanary"}),
    "leona": frozenset({"Herongate-canary"}),
    "gethin": frozenset({"ironcanary"}),
    "tamsin": frozenset({"plumcanary", "velvetcanary", "coppercanary", "Herongate-canary"}),
    "juno": frozenset({"mothcanary"}),
}


def leaked_to(who: str, got: bytes | Iterable[bytes]) -> set[str]:
    """Return the canaries that `who` got and may not have, in whatever case they are written."""
    parts = [got] if isinstance(got, bytes) else list(got)
    # Joined too: a word that is cut between two frames was still sent.
    seen = b"\n".join([*parts, b"".join(parts)]).lower()
    found = {word for word in PLACES if word.lower().encode() in seen}
    return found - ALLOWED.get(who, frozenset())
