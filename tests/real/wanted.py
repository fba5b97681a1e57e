"""What happens when a real partner of the tests is not to be had.

On somebody's own machine the test is skipped, is counted and says why. Where nobody looks at
skips (`CI=true`, or `REQUIRE_BROWSER=1`) it fails instead, so that a green run always means that
the partner was there.
"""

import os
from typing import NoReturn

import pytest


def is_required() -> bool:
    """Whether a missing partner fails the test rather than skipping it."""
    return os.environ.get("CI", "").lower() == "true" or os.environ.get("REQUIRE_BROWSER") == "1"


def missing(what: str) -> NoReturn:
    """Skip the running test for want of `what`, or fail it where partners are required."""
    if is_required():
        pytest.fail(f"Wanted for this test and not found: {what}", pytrace=False)
    pytest.skip(f"not found: {what}")
