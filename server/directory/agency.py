"""Agencies: the organisations that meet in a room. Each code has exactly one sector."""

from dataclasses import dataclass

from server.kernel.ids import AgencyCode

FAMILY = AgencyCode("family")
"""The code that stands for the family itself where a record names an agency."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An organisation.

    A council's teams have codes of their own, so that no team gains another's rights by sharing
    a sector.
    """

    code: AgencyCode
    name: str
    sector: str
