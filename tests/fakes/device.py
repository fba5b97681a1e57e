"""A phone with a lock of its own: makes a passkey, and signs with it what a page asks."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def as_text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Device:
    """One phone; what is set here it does wrongly."""

    origin: str
    flags: int = PRESENT | VERIFIED
    signs: int = 0
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def makes(self, options: str) -> str:
        """A new passkey, as the page's script sends it."""
        asked = json.loads(options)
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        about = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + public
        told = self._told(asked["rp"]["id"], self.flags | WITH_KEY) + about
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": told})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer({"clientDataJSON": as_text(client), "attestationObject": as_text(made)})

    def proves(self, options: str) -> str:
        """What it signs when its lock is opened, as the page's script sends it."""
        asked = json.loads(options)
        self.signs += 1
        told = self._told(asked["rpId"], self.flags)
        client = self._client("webauthn.get", asked["challenge"])
        signed = self.key.sign(told + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": as_text(client),
                "authenticatorData": as_text(told),
                "signature": as_text(signed),
            }
        )

    def _client(self, what: str, challenge: str) -> bytes:
        told = {"type": what, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _told(self, place: str, flags: int) -> bytes:
        where = hashlib.sha256(place.encode()).digest()
        return where + bytes([flags]) + self.signs.to_bytes(4, "big")

    def _answer(self, response: dict[str, str]) -> str:
        name = as_text(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
