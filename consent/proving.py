"""That what binds an organisation is done by somebody who has just proved who she is.

Rule: ADR-0006 and ADR-0013: signing, approving and lifting need a sign-in of the last minutes.
"""

from consent import gate
from policies.act import Act
from policies.decision import Denied
from policies.facts import Label
from server.directory.member import Member
from server.identity.fresh import FreshSignIn
from server.kernel.database import Tx
from server.kernel.errors import NotFresh

NOT_FRESH = "NOT-FRESH"


def must_be_fresh(tx: Tx, who: Member, act: Act, label: Label, fresh: FreshSignIn | None) -> None:
    """Let only somebody go on whose sign-in is fresh; a refusal is recorded as the gate's own.

    Raises:
        NotFresh: there is no proof, it is somebody else's, or it is too old.
    """
    # Threat T-25: an unwatched screen is no signature.
    if fresh is not None and fresh.proves(who, tx.at):
        return
    try:
        gate.refuse(tx, who, act, label, why=NOT_FRESH)
    except Denied as refused:
        raise NotFresh from refused
