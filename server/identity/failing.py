"""Why a sign-in came to nothing. The log learns the reason; outside, all reasons look alike."""

from enum import StrEnum

from server.kernel.errors import TacroomError
from server.kernel.settings import Provider


class Why(StrEnum):
    """The reason in the log."""

    NO_ANSWER = "provider-does-not-answer"
    BAD_METADATA = "metadata-not-usable"
    OTHER_ISSUER_IN_METADATA = "metadata-of-another-issuer"
    BAD_KEYS = "keys-not-usable"
    NO_ALGORITHM = "no-algorithm-in-common"
    NO_ISSUER_IN_ANSWER = "answer-without-issuer"
    OTHER_ISSUER_IN_ANSWER = "answer-of-another-issuer"
    PROVIDER_REFUSED = "provider-refused"
    NO_CODE = "no-code"
    CODE_REFUSED = "code-refused"
    NOTHING_SIGNED = "no-id-token"
    NOT_GENUINE = "token-not-genuine"
    BAD_CLAIMS = "token-not-for-us-or-not-now"
    NO_STATE = "no-state"
    UNKNOWN_STATE = "unknown-state"
    TOO_LATE = "too-late"
    OTHER_PROVIDER = "answer-at-another-providers-address"
    NOT_FRESH = "signed-in-too-long-ago"
    SOMEBODY_ELSE = "somebody-else-than-was-asked"
    NO_ORGANISATION = "not-placed-in-an-organisation"
    OTHER_ORGANISATION = "placed-in-another-organisation"
    MAIL_NOT_VERIFIED = "mail-not-verified"
    NOT_ENROLLED = "not-enrolled"
    CLAIMED_BEFORE = "claimed-before"
    TOO_OFTEN = "too-often"
    NO_SUCH_CODE = "no-such-code"
    WRONG_CODE = "wrong-code"
    CODE_ENDED = "code-ended"
    CODE_WORN = "code-tried-too-often"
    NO_SUCH_NAME = "no-such-name"
    WRONG_PIN = "wrong-pin"
    PIN_WORN = "pin-tried-too-often"
    NO_SUCH_PASSKEY = "no-such-passkey"
    PASSKEY_REFUSED = "passkey-not-genuine"


class SignInFailed(TacroomError):
    """A sign-in came to nothing."""

    sentence = "We could not sign you in. Nothing was changed. Try again."

    def __init__(self, why: Why) -> None:
        """Keep the reason, for the log alone."""
        super().__init__()
        self.why = why


class TooOften(SignInFailed):
    """Too many sign-ins began, or failed, in this browser or from this address.

    `is_news` where it is the first that was turned away; the others are not recorded one by one.
    """

    sentence = (
        "There were too many tries to sign in from this device or this network. Nothing was"
        " changed. Wait 5 minutes, then start again."
    )

    def __init__(self, *, is_news: bool) -> None:
        """Keep whether it is news."""
        super().__init__(Why.TOO_OFTEN)
        self.is_news = is_news


class NotPlaced(SignInFailed):
    """Signed in at the provider, but nobody has placed this person in an organisation.

    `provider` is where she signed in, so that the page can name its contact.
    """

    sentence = "You signed in, but you have not been set up here yet."

    def __init__(self, why: Why, provider: Provider) -> None:
        """Keep the reason and where she signed in."""
        super().__init__(why)
        self.provider = provider
