"""The one vocabulary of what can be done. Log kinds are the past forms of acts.

An act is named `<thing>:<verb>`; it carries the verb and the kind that the policies know.
"""

from enum import Enum

from policies.facts import Kind


class Act(Enum):
    """One act: name, the policies' verb, what it is done to, and its past form in the log."""

    # rooms and places
    CHECK_REGISTER = ("room:check-register", "view", Kind.ROOM, "room:register-checked")
    PREPARE_ROOM = ("room:prepare", "create", Kind.ROOM, "room:prepared")
    OPEN_ROOM = ("room:open", "create", Kind.ROOM, "room:opened")
    LIST_ROOMS = ("room:list", "view", Kind.ROOM, "room:listed")
    VIEW_ROOM = ("room:view", "view", Kind.ROOM, "room:viewed")
    JOIN_ROOM = ("room:join", "view", Kind.ROOM, "room:joined")
    DECLINE_ROOM = ("room:decline", "dispose", Kind.ROOM, "room:declined")
    CHOOSE_READING = ("family:choose-reading", "view", Kind.ROOM, "family:reading-chosen")
    VIEW_FAMILY = ("family:view", "view", Kind.ROOM, "family:viewed")
    PREPARE_INVITATION = ("seat:prepare", "create", Kind.SEAT, "seat:prepared")
    INVITE = ("seat:invite", "create", Kind.SEAT, "seat:invited")
    LIST_SEATS = ("seat:list", "view", Kind.SEAT, "seat:listed")
    # the family's own door
    LIST_DOORS = ("door:list", "create", Kind.SEAT, "door:listed")
    GIVE_CODE = ("code:give", "create", Kind.SEAT, "code:given")
    CLOSE_DOOR = ("door:close", "withdraw", Kind.SEAT, "door:closed")
    VIEW_OWN_DOOR = ("door:view", "view", Kind.ACCOUNT, "door:viewed")
    SAY_REACH = ("reach:say", "edit", Kind.ACCOUNT, "reach:said")
    MAKE_OWN_DOOR = ("door:make", "create", Kind.ACCOUNT, "door:made")
    SCHEDULE_MEETING = ("meeting:schedule", "edit", Kind.MEETING, "meeting:scheduled")
    VIEW_MEETING = ("meeting:view", "view", Kind.MEETING, "meeting:viewed")
    # what the family agreed
    VIEW_CONSENT = ("consent:view", "view", Kind.CONSENT, "consent:viewed")
    READ_RECEIPT = ("consent:read-receipt", "view", Kind.CONSENT, "consent:receipt-read")
    PREPARE_CONSENT = ("consent:prepare", "create", Kind.CONSENT, "consent:prepared")
    RECORD_CONSENT = ("consent:record", "create", Kind.CONSENT, "consent:recorded")
    NAME_EVIDENCE = ("consent:name-evidence", "create", Kind.CONSENT, "consent:evidence-added")
    CONFIRM_STOP = ("consent:confirm-stop", "comment", Kind.CONSENT, "consent:stop-acknowledged")
    RENEW_CONSENT = ("consent:renew", "approve", Kind.CONSENT, "consent:renewed")
    WITHDRAW_CONSENT = ("consent:withdraw", "withdraw", Kind.CONSENT, "consent:withdrawn")
    ASK_ABOUT_RULE = ("consent:ask-about-rule", "withdraw", Kind.CONSENT, "consent:rule-asked")
    HEED_WARNING = ("protection:heed", "view", Kind.PROTECTION, "protection:heeded")
    LIST_PROTECTION = ("protection:list", "edit", Kind.PROTECTION, "protection:listed")
    VIEW_PROTECTION = ("protection:view", "edit", Kind.PROTECTION, "protection:viewed")
    PREPARE_PROTECTION = ("protection:prepare", "create", Kind.PROTECTION, "protection:prepared")
    RECORD_PROTECTION = ("protection:record", "create", Kind.PROTECTION, "protection:recorded")
    REVIEW_PROTECTION = ("protection:review", "edit", Kind.PROTECTION, "protection:reviewed")
    ANSWER_ABOUT_RULE = ("protection:answer", "edit", Kind.PROTECTION, "protection:answered")
    END_PROTECTION = ("protection:end", "dispose", Kind.PROTECTION, "protection:ended")
    VIEW_DECISION = ("decision:view", "view", Kind.DECISION, "decision:viewed")
    PREPARE_DECISION = ("decision:prepare", "share", Kind.DECISION, "decision:prepared")
    RECORD_DECISION = ("decision:record", "share", Kind.DECISION, "decision:recorded")
    END_DECISION = ("decision:end", "share", Kind.DECISION, "decision:ended")
    LIST_REVIEWS = ("decision:list-reviews", "approve", Kind.DECISION, "decision:reviews-listed")
    PREPARE_REVIEW = (
        "decision:prepare-review",
        "approve",
        Kind.DECISION,
        "decision:review-prepared",
    )
    REVIEW_DECISION = ("decision:review", "approve", Kind.DECISION, "decision:reviewed")
    ANSWER_LESS_SAFE = ("decision:answer-less-safe", "create", Kind.DECISION, "decision:answered")
    VIEW_DUTY = ("duty:view", "view", Kind.SETTING, "duty:viewed")
    CONFIRM_DUTY = ("duty:confirm", "approve", Kind.SETTING, "duty:confirmed")
    # emergency access
    PREPARE_EMERGENCY = ("emergency:prepare", "create", Kind.EMERGENCY, "emergency:prepared")
    ASK_EMERGENCY = ("emergency:ask", "create", Kind.EMERGENCY, "emergency:asked")
    LIST_EMERGENCIES = ("emergency:list", "comment", Kind.EMERGENCY, "emergency:listed")
    ANSWER_EMERGENCY = ("emergency:answer", "share", Kind.EMERGENCY, "emergency:answered")
    VISIT_EMERGENCY = ("emergency:visit", "view", Kind.EMERGENCY, "emergency:visited")
    END_EMERGENCY = ("emergency:end", "withdraw", Kind.EMERGENCY, "emergency:ended")
    REVIEW_EMERGENCY = ("emergency:review", "approve", Kind.EMERGENCY, "emergency:reviewed")
    # the plan
    LIST_SECTIONS = ("section:list", "view", Kind.CONTENT, "section:listed")
    OPEN_SECTION = ("section:open", "view", Kind.CONTENT, "section:opened")
    BEGIN_EDIT = ("section:begin-edit", "edit", Kind.CONTENT, "section:edit-began")
    EDIT_SECTION = ("section:edit", "edit", Kind.CONTENT, "section:edited")
    PREPARE_SECTION = ("section:prepare", "create", Kind.CONTENT, "section:prepared")
    PREPARE_NAMES = ("section:prepare-names", "edit", Kind.CONTENT, "section:names-prepared")
    CHANGE_NAMES = ("section:change-names", "edit", Kind.CONTENT, "section:names-changed")
    CREATE_SECTION = ("section:create", "create", Kind.CONTENT, "section:created")
    LIST_VERSIONS = ("section:list-versions", "view", Kind.CONTENT, "section:versions-listed")
    READ_VERSION = ("section:read-version", "view", Kind.CONTENT, "section:version-read")
    RESTORE_SECTION = ("section:restore", "edit", Kind.CONTENT, "section:restored")
    PREPARE_TAKE_BACK = (
        "section:prepare-take-back",
        "edit",
        Kind.CONTENT,
        "section:take-back-prepared",
    )
    TAKE_BACK = ("section:take-back", "edit", Kind.CONTENT, "section:taken-back")
    LIST_OBJECTIONS = ("section:list-objections", "view", Kind.CONTENT, "section:objections-listed")
    SAY_WRONG = ("section:say-wrong", "view", Kind.CONTENT, "section:said-wrong")
    ANSWER_OBJECTION = (
        "section:answer-objection",
        "view",
        Kind.CONTENT,
        "section:objection-answered",
    )
    # actions
    LIST_ACTIONS = ("action:list", "view", Kind.CONTENT, "action:listed")
    ASSIGN_ACTION = ("action:assign", "assign", Kind.CONTENT, "action:assigned")
    PROGRESS_ACTION = ("action:progress", "view", Kind.CONTENT, "action:progressed")
    # documents
    LIST_DOCUMENTS = ("document:list", "view", Kind.CONTENT, "document:listed")
    UPLOAD_DOCUMENT = ("document:upload", "create", Kind.CONTENT, "document:uploaded")
    VIEW_DOCUMENT = ("document:view", "view", Kind.CONTENT, "document:viewed")
    DOWNLOAD_DOCUMENT = ("document:download", "download", Kind.CONTENT, "document:downloaded")
    # why, and who else
    EXPLAIN_ACCESS = ("access:explain", "view", Kind.CONTENT, "access:explained")
    LIST_LOOKS = ("access:list-looks", "view", Kind.CONTENT, "access:looks-listed")
    # agreements between agencies
    LIST_ISAS = ("isa:list", "view", Kind.ISA, "isa:listed")
    VIEW_ISA = ("isa:view", "view", Kind.ISA, "isa:viewed")
    EXPORT_ISA = ("isa:export", "export", Kind.ISA, "isa:exported")
    PREPARE_DRAFT = ("isa:prepare-draft", "edit", Kind.ISA, "isa:draft-prepared")
    BEGIN_DRAFT = ("isa:begin-draft", "create", Kind.ISA, "isa:draft-begun")
    VIEW_DRAFT = ("isa:view-draft", "comment", Kind.ISA, "isa:draft-viewed")
    EDIT_DRAFT = ("isa:edit-draft", "edit", Kind.ISA, "isa:draft-edited")
    SEND_DRAFT = ("isa:send-for-review", "edit", Kind.ISA, "isa:sent-for-review")
    TAKE_BACK_DRAFT = ("isa:take-back", "edit", Kind.ISA, "isa:taken-back")
    PREPARE_SIGNATURE = ("isa:prepare-signature", "comment", Kind.ISA, "isa:signature-prepared")
    SIGN_ISA = ("isa:sign", "approve", Kind.ISA, "isa:signed")
    STAND_BACK = ("isa:stand-back", "withdraw", Kind.ISA, "isa:stood-back")
    INVITE_PARTY = ("isa:invite-party", "edit", Kind.ISA, "isa:party-invited")
    VIEW_EFFECT = ("isa:view-effect", "comment", Kind.ISA, "isa:effect-viewed")
    PREPARE_APPROVAL = ("isa:prepare-approval", "approve", Kind.ISA, "isa:approval-prepared")
    APPROVE_ISA = ("isa:approve", "approve", Kind.ISA, "isa:approved")
    NARROW_ISA = ("isa:narrow", "dispose", Kind.ISA, "isa:narrowed")
    EXTEND_ISA = ("isa:extend", "approve", Kind.ISA, "isa:extended")
    LIFT_ISA = ("isa:lift", "approve", Kind.ISA, "isa:lifted")
    END_ISA = ("isa:end", "dispose", Kind.ISA, "isa:ended")
    FORESEE_POLICY = ("policy:foresee", "view", Kind.AUDIT, "policy:foreseen")
    REPLAY_POLICY = ("policy:replay", "view", Kind.AUDIT, "policy:replayed")
    # the confidentiality statement
    READ_STATEMENT = ("statement:read", "comment", Kind.ACCOUNT, "statement:was-read")
    ANSWER_STATEMENT = ("statement:answer", "approve", Kind.ACCOUNT, "statement:answered")
    # organisations and people
    ADD_AGENCY = ("agency:add", "edit", Kind.ACCOUNT, "agency:added")
    ADD_MEMBER = ("member:add", "edit", Kind.ACCOUNT, "member:added")
    # the log
    SEARCH_LOG = ("log:search", "view", Kind.AUDIT, "log:searched")
    EXPORT_LOG = ("log:export", "export", Kind.AUDIT, "log:exported")
    LIST_TAKEN_BACK = ("log:list-taken-back", "view", Kind.AUDIT, "log:taken-back-listed")
    CHECK_LOG = ("log:check", "view", Kind.AUDIT, "log:checked")

    def __init__(self, address: str, verb: str, kind: Kind, past: str) -> None:
        """Keep the parts under their names."""
        self.address = address
        self.verb = verb
        self.kind = kind
        self.past = past

    @property
    def refused(self) -> str:
        """Return the log kind of a refusal: the act's own name and `-refused`."""
        return f"{self.address}-refused"
