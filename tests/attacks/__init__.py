"""Tests of attacks: one file per threat."""
