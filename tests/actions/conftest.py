"""The family's room, open on the store of the test."""

from tests.fakes.laid_family_room import database_url, house, laid

__all__ = ["database_url", "house", "laid"]
