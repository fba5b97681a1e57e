"""The errors an operation may raise. Only `web/errors.py` turns them into status and words.

TacroomError
 ├─ Refused       the gate said no; outside it looks like NotFound
 ├─ NotFound      there is no such thing
 ├─ Invalid       what was entered is wrong; says which field and what to do
 ├─ Conflict      somebody else changed it meanwhile
 ├─ TooMuch       over a limit of size, count or rate
 ├─ NotFresh      she has to sign in again before she does this
 ├─ NotSignedIn   nobody is signed in, or the time is up
 └─ Unavailable   a store, key or scanner does not answer; nothing was done
"""

from collections.abc import Mapping


class TacroomError(Exception):
    """An error with a plain sentence for the person who meets it."""

    sentence = "Something went wrong. Nothing was changed."

    def __init__(self, sentence: str | None = None) -> None:
        """Keep the sentence to show; without one the kind's own stands."""
        super().__init__(sentence or self.sentence)
        if sentence is not None:
            self.sentence = sentence


class Refused(TacroomError):
    """The gate said no."""

    sentence = "This cannot be shown to you."


class NotFound(TacroomError):
    """There is no such thing. To an outsider it looks like Refused, and the other way round."""

    sentence = "This cannot be shown to you."


class Invalid(TacroomError):
    """What was entered is wrong: `faults` maps a field to the sentence that says what to do."""

    sentence = "There is a problem with what you entered."

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Keep one sentence for each field at fault, in the order of the form."""
        super().__init__("; ".join(faults.values()) or None)
        self.faults = dict(faults)


class Conflict(TacroomError):
    """Somebody else changed the same thing meanwhile; nothing of theirs was overwritten."""

    sentence = "Somebody else changed this while you were working. Look at it again."


class TooMuch(TacroomError):
    """Over a limit of size, count or rate."""

    sentence = "That is more than can be taken at once."


class NotFresh(TacroomError):
    """She may, but it binds her organisation: first she has to prove again who she is."""

    sentence = "Sign in again to go on."


class NotSignedIn(TacroomError):
    """Nobody is signed in on this request, or the time is up."""

    sentence = "Sign in to go on."


class Unavailable(TacroomError):
    """A store, key or scanner does not answer. Nothing was done."""

    sentence = "The service cannot do this just now. Nothing was changed. Try again in a minute."
