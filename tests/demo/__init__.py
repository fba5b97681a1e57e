"""Tests of the demo: its sign-in services, people and sample family."""
