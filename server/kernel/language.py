"""The languages in which families are spoken to."""

from enum import StrEnum


class Language(StrEnum):
    """A language, by its code of BCP 47."""

    ENGLISH = "en"
    WELSH = "cy"
