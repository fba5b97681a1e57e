"""The language of the page that is being made, and its words.

Every sentence of a family's page stands in English where it is used, marked by `_`, by `N_` or by
`trans`, and in Welsh in `languages/cy.po`, which is read as it stands: there is nothing to build.
What people wrote, and the names of organisations, stay as they were written. Words of law are not
translated here: `policies/country.py` has them in each language.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from server.kernel.language import Language

_spoken: ContextVar[Language] = ContextVar("language", default=Language.ENGLISH)
_VOWELS = "aeiouwyâêîôûŵŷ"


def spoken() -> Language:
    """Return the language of the page that is being made."""
    return _spoken.get()


def speak(language: Language) -> None:
    """Make the rest of this request speak a language."""
    _spoken.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak a language for a part of a page, as for a sheet to be printed."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def gettext(words: str) -> str:
    """Return a sentence in the language of the page; without a translation, in English."""
    # What a catalogue says for nothing is its own head.
    return _catalogue(spoken()).gettext(words) if words else words


def ngettext(one: str, many: str, number: int) -> str:
    """Return a sentence about so many, in the language of the page."""
    return _catalogue(spoken()).ngettext(one, many, number)


def _(words: str, **values: object) -> str:
    """Return a sentence in the language of the page, with `%(name)s` filled in."""
    said = gettext(words)
    return said % values if values else said


def N_(words: str) -> str:  # noqa: N802  the name that gettext's tools look for
    """Mark a sentence that is translated where it is shown."""
    return words


def is_said(words: str) -> bool:
    """Whether a sentence is one that pages say."""
    return any(
        words and _catalogue(one).gettext(words) != words
        for one in Language
        if one is not Language.ENGLISH
    )


def and_before(word: str) -> str:
    """Return the 'and' that stands before a word: in Welsh it is another one before a vowel."""
    if spoken() is Language.ENGLISH:
        return "and"
    return "ac" if word[:1].lower() in _VOWELS else "a"


@cache
def _catalogue(language: Language) -> NullTranslations:
    if language is Language.ENGLISH:
        return NullTranslations()
    written = files("web").joinpath("languages", f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(written), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
