"""Words that pages say and that stand elsewhere: in the catalogue, in the law, in operations.

Each is given in the language of the page.
"""

from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from consent.consent import Capacity
from consent.form import HOW
from policies.catalogue import catalogue
from policies.country import country
from server.kernel.language import Language
from web.language import N_, _, gettext, spoken

HOW_WORDS = {
    "in_person": N_("in person"),
    "phone": N_("by phone"),
    "signed_paper": N_("on paper, signed"),
    "own_page": N_("on their own page"),
}
OWN_PAGE = "own_page"
OF_OPERATIONS = (
    # Stopping, agreeing, actions, objecting.
    N_("Choose what to stop"),
    N_("Choose who should no longer see it"),
    N_("None of this is shared now"),
    N_("Use 4000 letters or fewer"),
    N_("Say what is wrong, in your own words"),
    N_("Say why, in a few words."),
    N_("Say why in 1000 characters or fewer."),
    N_("Choose a day later than the one it had."),
    N_("Enter the day it is to be done by, such as 27 6 2026."),
    N_("The day must be today or later."),
    N_("The day must be within the next two years."),
    N_("Choose how it is going."),
    # How a line of a plan is marked.
    N_("Fact"),
    N_("Opinion"),
    N_("Reported"),
    N_(
        "Somebody else changed this action while you were working. What you wrote is kept below."
        " Look at the action again."
    ),
    # What can go wrong anywhere, and on the way in.
    N_("Something went wrong. Nothing was changed."),
    N_("This cannot be shown to you."),
    N_("Somebody else changed this while you were working. Look at it again."),
    N_("That is more than can be taken at once."),
    N_("The service cannot do this just now. Nothing was changed. Try again in a minute."),
    N_("Send the form as it stands on the page."),
    N_("We could not sign you in. Nothing was changed. Try again."),
    N_("You signed in, but you have not been set up here yet."),
)
"""Sentences that operations say to the family, as they say them."""


def plain(words: str) -> str:
    """Return plain words of the catalogue: a topic, a category, a purpose, a role."""
    return catalogue().say(words, spoken())


def by_law(code: str) -> str:
    """Return a sentence of law in plain words."""
    return country().sentences[code].words[spoken()]


def law_of(code: str) -> str:
    """Return the law that a sentence rests on, cited as it is in every language."""
    return country().sentences[code].law


def capacity_words(capacity: Capacity, place: str) -> str:
    """Return as what somebody answers; `place` is `option`, `hint`, `you` or `they`."""
    return country().capacities[capacity][place].words[spoken()]


def explained_words(codes: Iterable[str]) -> dict[str, str]:
    """Return what was explained, by code, in the order of the form."""
    known = set(codes)
    return {code: one.words[spoken()] for code, one in country().explained.items() if code in known}


def how_words(code: str) -> str:
    """Return how somebody told what she agreed."""
    return gettext(HOW_WORDS[code]) if code in HOW_WORDS else code


def how_told() -> dict[str, str]:
    """Return how somebody can tell a practitioner; on her own page nobody records it for her."""
    return {code: how_words(code) for code in HOW if code != OWN_PAGE}


def practitioner_words(title: str) -> str:
    """Return somebody who works with a family by what she is, never by name."""
    if not title:
        return _("the person who works with you")
    return _("the %(title)s", title=title[0].lower() + title[1:])


def practitioner_shown(title: str) -> Markup:
    """Return the same for a place of its own on a page, with the title marked as it was written."""
    if not title:
        return escape(practitioner_words(title))
    called = written(title[0].lower() + title[1:])
    words = Markup(gettext("the %(title)s"))  # noqa: S704  our own words, from the catalogue
    return words % {"title": called}


def written(words: str) -> Markup:
    """Return what somebody of an organisation wrote, marked as English on a page that is not."""
    if spoken() is Language.ENGLISH or not words:
        return escape(words)
    return Markup('<span lang="en">{}</span>').format(words)


def said(faults: Mapping[str, str]) -> dict[str, str]:
    """Return what operations found wrong, field by field, in the language of the page."""
    return {field: gettext(fault) for field, fault in faults.items()}
