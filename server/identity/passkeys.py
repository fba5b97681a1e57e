"""What a device is asked to sign, and what its answer proves; alone with the library for it.

A device proves that it holds a key it made for this very address, and that its own lock was
opened just now. It is asked for no name and for no word on who made it.

Rule: ADR-0015; W3C Web Authentication, Level 2, 7.1 and 7.2.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from server.identity.failing import SignInFailed, Why

CHALLENGE_BYTES = 32
LONGEST_ANSWER = 16_384
WAIT_MS = 120_000
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
NAME = "Your page"
"""What stands in a device's list of passkeys, beside our address: nothing of whose it is."""

# What a hostile answer makes the library raise: its own errors, and those of reading JSON.
_NOT_GENUINE = (WebAuthnException, ValueError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Passkey:
    """What is kept of a passkey: its id, its public half, and how often it has signed."""

    credential: bytes
    public_key: bytes
    signs: int


def new_challenge() -> bytes:
    """Return what a device is to sign: 256 random bits."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def asked_to_make(challenge: bytes, *, origin: str) -> str:
    """Return what a browser asks a device that is to make a passkey, as JSON."""
    return options_to_json(
        generate_registration_options(
            rp_id=_host(origin),
            rp_name=NAME,
            user_name=NAME,
            challenge=challenge,
            timeout=WAIT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            supported_pub_key_algs=ALGORITHMS,
        )
    )


def asked_to_prove(challenge: bytes, *, origin: str) -> str:
    """Return what a browser asks a device that has a passkey, as JSON."""
    return options_to_json(
        generate_authentication_options(
            rp_id=_host(origin),
            challenge=challenge,
            timeout=WAIT_MS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def read_made(answer: str, challenge: bytes, *, origin: str) -> Passkey:
    """Return the passkey that a device made.

    Raises:
        SignInFailed: the answer is not to this challenge, at this address, with its lock opened.
    """
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(origin),
            expected_origin=origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except _NOT_GENUINE as fault:
        raise SignInFailed(Why.PASSKEY_REFUSED) from fault
    return Passkey(made.credential_id, made.credential_public_key, made.sign_count)


def check_proof(answer: str, challenge: bytes, known: Passkey, *, origin: str) -> int:
    """Return how often a passkey has signed, once its device has proved that it holds it.

    Raises:
        SignInFailed: it has not; a count that did not grow is a copy's.
    """
    try:
        proved = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(origin),
            expected_origin=origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.signs,
            require_user_verification=True,
        )
    except _NOT_GENUINE as fault:
        raise SignInFailed(Why.PASSKEY_REFUSED) from fault
    return proved.new_sign_count


def challenge_of_made(answer: str) -> bytes:
    """Return the challenge that an answer with a new passkey says it is to.

    Raises:
        SignInFailed: it cannot be read.
    """
    try:
        made = parse_registration_credential_json(_bounded(answer))
        return parse_client_data_json(made.response.client_data_json).challenge
    except _NOT_GENUINE as fault:
        raise SignInFailed(Why.PASSKEY_REFUSED) from fault


def read_proof(answer: str) -> tuple[bytes, bytes]:
    """Return the challenge that a proof says it is to, and its passkey's id; nothing is checked.

    Raises:
        SignInFailed: it cannot be read.
    """
    try:
        proof = parse_authentication_credential_json(_bounded(answer))
        return parse_client_data_json(proof.response.client_data_json).challenge, proof.raw_id
    except _NOT_GENUINE as fault:
        raise SignInFailed(Why.PASSKEY_REFUSED) from fault


def _bounded(answer: str) -> str:
    if len(answer) > LONGEST_ANSWER:
        raise SignInFailed(Why.PASSKEY_REFUSED)
    return answer


def _host(origin: str) -> str:
    return urlsplit(origin).hostname or ""
