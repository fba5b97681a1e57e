"""What the log's kinds and outcomes mean, in words; a kind that is not here stands as it is."""

from policies.act import Act

KINDS = {
    "access:explained": "Asked who can see something, and why",
    "action:assigned": "Gave somebody an action",
    "action:listed": "Looked at actions",
    "action:progressed": "Said how an action is going",
    "agency:added": "Added an organisation",
    "code:given": "Made a code for somebody of the family to come in by",
    "consent:given": "What was agreed: kept as said",
    "consent:recorded": "Recorded what the family agreed",
    "consent:receipt-read": "Read the receipt of what was agreed",
    "consent:refused": "What was said: a no, kept as said",
    "consent:renewed": "Looked again at what was agreed: nothing has changed",
    "consent:stop-acknowledged": "Confirmed that their organisation has stopped",
    "consent:stop-confirmed": "Recorded that an organisation has stopped",
    "consent:prepared": "Looked at the form for what the family agreed",
    "consent:viewed": "Looked at what the family agreed",
    "consent:withdrawn": "Stopped some sharing",
    "decision:answered": "Answered whether a child is less safe",
    "decision:end-noted": "A sharing without agreement was ended: which",
    "decision:ended": "Ended a sharing that had been decided on",
    "decision:less-safe-answered": "Whether a child is less safe: the answer",
    "decision:not-share-recorded": "A decision not to share: its grounds",
    "decision:prepared": "Looked at the form for a decision about sharing",
    "decision:recorded": "Recorded a decision about sharing",
    "decision:review-noted": "What the second person said of a decision about sharing",
    "decision:review-prepared": "Read a decision about sharing as its second person",
    "decision:reviewed": "Reviewed a decision about sharing",
    "decision:reviews-listed": "Looked at which decisions about sharing wait for review",
    "decision:share-outside-recorded": "Shared outside this system: its grounds",
    "decision:share-recorded": "A decision to share: its grounds",
    "decision:viewed": "Looked at decisions about sharing",
    "document:delivered": "A document reached its reader",
    "document:downloaded": "Opened a document",
    "document:listed": "Looked at the list of documents",
    "document:uploaded": "Put a document in",
    "document:viewed": "Looked at what a document is",
    "door:closed": "Closed the ways in of somebody of the family",
    "door:listed": "Looked at how the family comes in",
    "door:made": "Made a way of their own to come in",
    "door:viewed": "Looked at how they come in",
    "family:viewed": "Looked at who the family are",
    "house:started": "The service was set up",
    "isa:activated": "A sharing agreement came into force",
    "isa:approval-prepared": "Looked at a new agreement to approve",
    "isa:approved": "Approved a version of a sharing agreement",
    "isa:draft-begun": "Began a draft of a sharing agreement",
    "isa:draft-edited": "Changed a draft of a sharing agreement",
    "isa:draft-noted": "A draft of a sharing agreement: version and step",
    "isa:draft-prepared": "Looked at the form for a draft agreement",
    "isa:draft-viewed": "Read a draft of a sharing agreement",
    "isa:effect-viewed": "Looked at what a draft agreement would change",
    "isa:exported": "Took a sharing agreement away as a file",
    "isa:listed": "Looked at the sharing agreements",
    "isa:narrowed": "Took away what a sharing agreement allowed",
    "isa:party-invited": "Asked an organisation to join a sharing agreement",
    "isa:party-stands": "An organisation stands otherwise with a sharing agreement",
    "isa:recompiled": "A sharing agreement was read anew by a release",
    "isa:sent-for-review": "Sent a sharing agreement to its parties",
    "isa:signature-prepared": "Looked at a sharing agreement to sign",
    "isa:signed": "Reviewed or signed a sharing agreement",
    "isa:stood-back": "Suspended or ended an organisation’s part in an agreement",  # noqa: RUF001  print's apostrophe
    "isa:suspended": "A sharing agreement was suspended",
    "isa:taken-back": "Took a draft agreement back",
    "isa:viewed": "Read a sharing agreement",
    "log:checked": "Checked whether the log is whole",
    "policy:foreseen": "Looked at what a change of agreements would do",
    "policy:replayed": "Had past decisions decided once more",
    "log:exported": "Took entries of the log away as a file",
    "log:filter-noted": "What was looked for in the log",
    "log:searched": "Looked in the log",
    "meeting:scheduled": "Set the next meeting",
    "meeting:viewed": "Looked at when the next meeting is",
    "member:added": "Added a person",
    "member:enrolled": "A person was added",
    "member:sign-in-given": "A person was given a way to sign in",
    "protection:conflict-noted": "A conflict of interest: who is kept out",
    "protection:end-noted": "Something that protected somebody ended",
    "protection:ended": "Ended what protected somebody",
    "protection:heeded": "Looked at how to stay safe on a visit",
    "protection:listed": "Looked at which safety markers are to be reviewed",
    "protection:marker-noted": "A safety marker: its kind",
    "protection:prepared": "Looked at the form for what protects somebody",
    "protection:recorded": "Recorded what protects somebody",
    "protection:review-noted": "A safety marker stays: until when",
    "protection:reviewed": "Looked at a safety marker again",
    "protection:rule-noted": "A rule out of somebody’s own words",  # noqa: RUF001  print's apostrophe
    "protection:viewed": "Looked at what protects somebody",
    "room:declined": "Recorded that the family said no",
    "room:disposed": "What was kept of a room was deleted",
    "room:joined": "Came into a room",
    "room:listed": "Looked at their rooms",
    "room:prepared": "Looked at the form for a new room",
    "room:opened": "Proposed a room for a family",
    "room:register-answered": "Whether a plan exists: the answer",
    "room:register-checked": "Asked whether a plan exists already",
    "room:viewed": "Looked at a room",
    "seat:invited": "Invited somebody",
    "seat:listed": "Looked at who has a place",
    "seat:prepared": "Looked at whom one could invite",
    "section:answer-noted": "The answer to what was said to be wrong: by when, and what came of it",
    "section:created": "Added a part to the plan",
    "section:delivered": "Stopped reading a part of the plan live",
    "section:edit-began": "Began to write in the plan",
    "section:edited": "Wrote in the plan",
    "section:listed": "Looked at which parts the plan has",
    "section:objection-answered": "Answered somebody of the family who said something is wrong",
    "section:objections-listed": "Looked at what the family says is wrong",
    "section:said-wrong": "Said that something in the plan is wrong",
    "section:said-wrong-noted": "What was said to be wrong: answer by when",
    "section:prepared": "Looked at who would see a new part of the plan",
    "section:opened": "Opened a part of the plan",
    "sign-in:confirmed": "Signed in again, to sign or approve",
    "sign-in:done": "Signed in",
    "sign-in:failed": "Could not sign in",
    "sign-out:done": "Signed out",
}
OUTCOMES = {"allowed": "Allowed", "refused": "Refused", "noted": "Noted"}
OUTCOME_COLOURS = {
    "allowed": "govuk-tag--green",
    "refused": "govuk-tag--red",
    "noted": "govuk-tag--grey",
}
GROUNDS = {
    "own": "their own organisation’s information",  # noqa: RUF001  print's apostrophe
    "standing": "their place or office is enough",
    "agreed": "the family agreed",
    "decided": "a decision about sharing",
    "emergency": "emergency access",
}
FACTORS = {
    "place": "Place",
    "agreement": "Sharing agreement",
    "family": "What the family agreed",
    "protection": "Protection",
}

_REFUSED = {act.refused: act.past for act in Act}


def kind_words(kind: str) -> str:
    """Return what happened, in words; of a refusal, what was asked for."""
    asked = _REFUSED.get(kind)
    if asked is not None:
        return f"Refused: {_lowered(KINDS.get(asked, asked))}"
    return KINDS.get(kind, kind)


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]
