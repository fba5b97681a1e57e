"""Fakes, written by hand."""
