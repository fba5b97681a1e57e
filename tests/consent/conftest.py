"""The demo family's room, on both stores."""

from pathlib import Path

import pytest

from server.kernel.database import Database
from tests.consent.samplewick import Samplewick, propose, settle


@pytest.fixture
async def waiting(database: Database, tmp_path: Path) -> Samplewick:
    """A room that waits for the family's agreement."""
    del database
    return await propose(tmp_path)


@pytest.fixture
async def samplewick(database: Database, tmp_path: Path) -> Samplewick:
    """The room with everybody in place and everything agreed."""
    del database
    return await settle(tmp_path)
