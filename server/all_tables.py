"""Imports every tables.py, so that the metadata is whole for migrations and their tests."""

from actions import tables as of_actions
from consent import tables as of_consent
from documents import tables as of_documents
from policies import tables as of_policies
from rooms import tables as of_rooms
from server.audit import tables as of_audit
from server.directory import tables as of_directory
from server.identity import family_tables as of_family_door
from server.identity import tables as of_identity
from server.kernel.tables import metadata
from server.keys import tables as of_keys

PARTS = (
    of_directory,
    of_keys,
    of_audit,
    of_identity,
    of_family_door,
    of_policies,
    of_consent,
    of_rooms,
    of_documents,
    of_actions,
)

__all__ = ["PARTS", "metadata"]
