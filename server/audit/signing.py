"""The log's signing key: made once, wrapped by the KMS, used for checkpoints alone."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select

from server.audit.checkpoint import Checkpoint, PublicKey, sign
from server.audit.tables import audit_signer
from server.kernel.database import Tx
from server.keys import kms

_THE_ONE = 1
_ABOUT = b"audit_signer:"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs checkpoints under the log's name."""

    key: PublicKey
    _private: Ed25519PrivateKey

    def sign(self, size: int, root: bytes) -> str:
        """Return the checkpoint of this size and root as a signed note."""
        checkpoint = Checkpoint(self.key.name, size, root)
        return sign(checkpoint, key=self.key, signer=self._private.sign)


async def load_or_make(tx: Tx, origin: str) -> Signer:
    """Return the log's signer; on the first call its key is made, for a log named `origin`.

    Raises:
        SealBroken: the key kept was wrapped by another KMS, or changed.
    """
    row = await tx.first(select(audit_signer))
    if row is not None:
        private = kms.bound().unwrap(row.wrapped, _ABOUT + row.public)
        return Signer(
            PublicKey(row.origin, row.public), Ed25519PrivateKey.from_private_bytes(private)
        )
    made = Ed25519PrivateKey.generate()
    public = made.public_key().public_bytes_raw()
    kept = {
        "id": _THE_ONE,
        "origin": origin,
        "wrapped": kms.bound().wrap(made.private_bytes_raw(), _ABOUT + public),
        "public": public,
        "made_at": tx.at,
    }
    await tx.execute(insert(audit_signer), kept)
    return Signer(PublicKey(origin, public), made)


async def find_public_key(tx: Tx) -> PublicKey | None:
    """Return the log's public key as the store has it.

    Whoever can change the store can change this too: hold the exported key elsewhere.
    """
    row = await tx.first(select(audit_signer.c.origin, audit_signer.c.public))
    return None if row is None else PublicKey(row.origin, row.public)
