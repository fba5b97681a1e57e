"""Tests of policies and the matrix."""
