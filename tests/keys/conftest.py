"""A KMS of the test's own."""

from pathlib import Path

import pytest

from server.keys import kms
from server.keys.kms import LocalKms


@pytest.fixture(autouse=True)
def house_kms(tmp_path: Path) -> LocalKms:
    """A fresh KMS, bound as that of the process."""
    made = LocalKms(tmp_path / "keys")
    kms.bind(made)
    return made
