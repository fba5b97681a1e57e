"""A code of twelve digits: how it is made, said, and read from whatever was typed. Pure.

The first four find it, the other eight prove it. So a wrong try can be counted against the very
code that was meant, and eight digits with five tries are guessed once in twenty million.

Rule: ADR-0015; OWASP ASVS 5, 6.4.1 and 6.5.
"""

import secrets
from collections.abc import Collection

from server.kernel.errors import Unavailable

LENGTH = 12
FINDER_LENGTH = 4
GROUP = 4
MOST_TRIES = 5
"""How often a code may be typed; with the last of these, right or wrong, it is over."""

_BETWEEN = str.maketrans("", "", " -.\t\u00a0\u2010\u2011\u2013")


def new_code(taken: Collection[str]) -> str:
    """Return twelve random digits; the first four are those of no code in `taken`.

    Raises:
        Unavailable: all ten thousand are taken.
    """
    free = [found for each in range(10**FINDER_LENGTH) if (found := f"{each:04}") not in taken]
    if not free:
        raise Unavailable
    return secrets.choice(free) + f"{secrets.randbelow(10 ** (LENGTH - FINDER_LENGTH)):08}"


def said(code: str) -> str:
    """Return the code as it is read out and printed: three groups of four."""
    return " ".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def read_code(typed: str) -> str | None:
    """Return the twelve digits that were typed, with whatever stood between them; else None."""
    digits = typed.translate(_BETWEEN)
    is_code = len(digits) == LENGTH and digits.isascii() and digits.isdecimal()
    return digits if is_code else None
