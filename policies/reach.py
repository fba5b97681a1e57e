"""Whether a change of an agreement opens anything to one member's own account.

Rule: nobody approves what gives her more than she had.
"""

from collections.abc import Collection

from policies.catalogue import catalogue
from policies.difference import Difference
from policies.matrix import agency_class, sector_groups
from server.directory.agency import Agency


def opens_more_to(difference: Difference, roles: Collection[str], agency: Agency) -> bool:
    """Return whether in one of these roles somebody of this agency would have more than now."""
    groups = sector_groups(catalogue()).get(agency.sector, frozenset())
    own = agency_class(difference.codes, agency.code, groups)
    return any(
        not change.only_takes_away and own in change.recipients and set(roles) & set(change.roles)
        for change in difference.changes
    )
