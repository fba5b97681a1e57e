"""The Merkle tree of RFC 6962: hashes, the growing right edge, proofs and their checks.

Pure and standard library alone, so that a partner can check a log with this file and nothing
else of ours.

Rule: RFC 6962 section 2.1; the checks of proofs follow RFC 9162 sections 2.1.3.2 and 2.1.4.2.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()
_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    return hashlib.sha256(_LEAF + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children's hashes."""
    return hashlib.sha256(_NODE + left + right).digest()


class Edge:
    """The right edge of a growing tree: all it takes to add leaves and to know the root.

    `peaks` are the roots of the full subtrees from left to right, one for each binary digit 1
    of `size`.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Begin empty, or go on from a known edge.

        Raises:
            ValueError: so many peaks do not belong to a tree of this size.
        """
        if size.bit_count() != len(peaks):
            message = "an edge has one peak for each binary digit 1 of its size"
            raise ValueError(message)
        self.size = size
        self.peaks = list(peaks)

    def append(self, hash_of_leaf: bytes) -> None:
        """Add the next leaf."""
        peak = hash_of_leaf
        rest = self.size
        while rest & 1:
            peak = node_hash(self.peaks.pop(), peak)
            rest >>= 1
        self.peaks.append(peak)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> "Edge":
        """Return an edge that grows on its own from here."""
        return Edge(self.size, self.peaks)


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Return the root over these leaf hashes."""
    edge = Edge()
    for hash_of_leaf in hashes:
        edge.append(hash_of_leaf)
    return edge.root()


def inclusion_proof(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes that prove leaf `index` to stand in the tree over `hashes`.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(hashes):
        raise IndexError(index)
    if len(hashes) == 1:
        return []
    half = _left_half(len(hashes))
    if index < half:
        return [*inclusion_proof(hashes[:half], index), root_of(hashes[half:])]
    return [*inclusion_proof(hashes[half:], index - half), root_of(hashes[:half])]


def consistency_proof(hashes: Sequence[bytes], size: int) -> list[bytes]:
    """Return the hashes that prove the tree over `hashes` to go on from its first `size` leaves.

    Raises:
        IndexError: the tree never had that size, or it was empty then.
    """
    if not 0 < size <= len(hashes):
        raise IndexError(size)
    return _subproof(hashes, size, whole=True)


def is_included(
    hash_of_leaf: bytes, index: int, *, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Say whether the proof shows the leaf at `index` of the tree with this size and root.

    Rule: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    place, last, seen = index, size - 1, hash_of_leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            seen = node_hash(step, seen)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            seen = node_hash(seen, step)
        place, last = place >> 1, last >> 1
    return last == 0 and seen == root


def is_consistent(
    *, size: int, root: bytes, later_size: int, later_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether the proof shows the later tree to begin with the earlier one.

    Rule: RFC 9162 section 2.1.4.2.
    """
    if size == later_size:
        return root == later_root and not proof
    if not 0 < size < later_size:
        return False
    steps = list(proof) if size & (size - 1) else [root, *proof]
    if not steps:
        return False
    place, last = size - 1, later_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    earlier = later = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            earlier, later = node_hash(step, earlier), node_hash(step, later)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            later = node_hash(later, step)
        place, last = place >> 1, last >> 1
    return last == 0 and earlier == root and later == later_root


def _left_half(size: int) -> int:
    """Return the greatest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _subproof(hashes: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    """Rule: RFC 6962 section 2.1.2, SUBPROOF."""
    if size == len(hashes):
        return [] if whole else [root_of(hashes)]
    half = _left_half(len(hashes))
    if size <= half:
        return [*_subproof(hashes[:half], size, whole=whole), root_of(hashes[half:])]
    return [*_subproof(hashes[half:], size - half, whole=False), root_of(hashes[:half])]
