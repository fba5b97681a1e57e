"""Tests of conformance: frames of the real provider, vectors of the log."""
