"""JSON in one canonical form (RFC 8785), so that equal values have equal bytes."""

from collections.abc import Mapping, Sequence

import rfc8785

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a JSON value.

    Rule: RFC 8785, JSON Canonicalization Scheme.
    """
    return rfc8785.dumps(value)
