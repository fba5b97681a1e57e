"""Tests of the shape of the code: contracts, sizes, locks, docs."""
