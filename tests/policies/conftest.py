"""A KMS of the test's own, since bringing an agreement into force is recorded in the log."""

from pathlib import Path

import pytest

from server.keys import kms
from server.keys.kms import LocalKms


@pytest.fixture
def house_kms(tmp_path: Path) -> LocalKms:
    """A fresh KMS, bound as that of the process."""
    made = LocalKms(tmp_path / "keys")
    kms.bind(made)
    return made
