"""Tests of consent and the gate."""
