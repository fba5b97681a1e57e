"""The tree against the known roots of RFC 6962's reference inputs and against a naive tree."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audit import tree
from server.audit.tree import Edge

# The eight inputs and roots that every Certificate Transparency implementation is tried with.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MANY = [tree.leaf_hash(bytes([number])) for number in range(70)]


def naive_root(leaves: list[bytes]) -> bytes:
    """Rule: RFC 6962 section 2.1, read word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    joined = naive_root(leaves[:half]) + naive_root(leaves[half:])
    return hashlib.sha256(b"\x01" + joined).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_of_the_reference_inputs_are_the_known_ones(size: int):
    assert tree.root_of(map(tree.leaf_hash, INPUTS[:size])).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=40), max_size=120))
def test_a_growing_edge_has_the_root_of_the_whole_tree_at_every_size(leaves: list[bytes]):
    edge = Edge()
    for size, leaf in enumerate(leaves):
        assert edge.root() == naive_root(leaves[:size])
        edge.append(tree.leaf_hash(leaf))
    assert (edge.size, edge.root()) == (len(leaves), naive_root(leaves))


def test_an_edge_goes_on_from_where_it_was_kept():
    kept = Edge()
    for hash_of_leaf in MANY[:37]:
        kept.append(hash_of_leaf)

    later = Edge(kept.size, kept.peaks)
    apart = kept.copy()
    for hash_of_leaf in MANY[37:]:
        later.append(hash_of_leaf)

    assert later.root() == tree.root_of(MANY)
    assert apart.root() == tree.root_of(MANY[:37])


def test_an_edge_with_peaks_of_another_size_is_refused():
    with pytest.raises(ValueError, match="one peak"):
        Edge(3, [MANY[0]])


@pytest.mark.parametrize("size", range(1, 35))
def test_every_leaf_is_proved_and_no_other_in_its_place(size: int):
    hashes, root = MANY[:size], tree.root_of(MANY[:size])
    for index in range(size):
        proof = tree.inclusion_proof(hashes, index)

        def shown(leaf: bytes, at: int, proof=proof) -> bool:
            return tree.is_included(leaf, at, size=size, proof=proof, root=root)

        assert shown(hashes[index], index)
        assert not shown(MANY[-1], index)
        assert not shown(hashes[index], size)
        assert not shown(hashes[index], -1)
        assert not any(shown(hashes[index], other) for other in range(size) if other != index)
        assert not shown(hashes[index], index, [*proof, MANY[-1]])
        for step in range(len(proof)):
            assert not shown(hashes[index], index, proof[:step] + proof[step + 1 :])
            changed = [*proof]
            changed[step] = MANY[-1]
            assert not shown(hashes[index], index, changed)


@pytest.mark.parametrize("later_size", range(1, 35))
def test_a_tree_is_shown_to_go_on_from_every_earlier_size_and_from_no_other_tree(later_size: int):
    hashes, later_root = MANY[:later_size], tree.root_of(MANY[:later_size])
    for size in range(1, later_size + 1):
        root = tree.root_of(MANY[:size])
        proof = tree.consistency_proof(hashes, size)

        def shown(proof, root=root, later=later_root, size=size) -> bool:
            return tree.is_consistent(
                size=size, root=root, later_size=later_size, later_root=later, proof=proof
            )

        assert shown(proof)
        assert not shown(proof, root=MANY[-1])
        assert not shown(proof, later=MANY[-1])
        assert not shown([*proof, MANY[-1]])
        for step in range(len(proof)):
            assert not shown(proof[:step] + proof[step + 1 :])
            changed = [*proof]
            changed[step] = MANY[-1]
            assert not shown(changed)


@pytest.mark.parametrize(("size", "later_size"), [(0, 5), (6, 5)])
def test_nothing_proves_a_tree_consistent_with_an_empty_or_a_longer_one(size, later_size):
    assert not tree.is_consistent(
        size=size, root=MANY[0], later_size=later_size, later_root=MANY[1], proof=MANY[:3]
    )
    with pytest.raises(IndexError):
        tree.consistency_proof(MANY[:later_size], size)


def test_an_empty_proof_shows_no_growth():
    assert not tree.is_consistent(size=3, root=MANY[0], later_size=5, later_root=MANY[1], proof=[])


@pytest.mark.parametrize("index", [-1, 5])
def test_a_leaf_that_is_not_there_has_no_proof(index: int):
    with pytest.raises(IndexError):
        tree.inclusion_proof(MANY[:5], index)
