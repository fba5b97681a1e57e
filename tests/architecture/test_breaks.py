"""Each import contract is seen to fail when it is broken on purpose."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import PACKAGES, ROOT, contracts, product_files

BREAKING = Path(__file__).with_name("breaking.py")


def _play(copy: Path) -> dict[str, Any]:
    for path in (*product_files(), Path("pyproject.toml")):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, copy / path)
    done = subprocess.run(
        [sys.executable, str(BREAKING)],
        cwd=copy,
        env={**os.environ, "COLUMNS": "200", "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_line_that_a_contract_forbids_is_noticed(tmp_path: Path):
    told = _play(tmp_path)

    print(*(f"{count:4} lines tried  {name}" for name, count in told["played"].items()), sep="\n")
    assert told["at_rest"] == []
    assert told["unnoticed"] == []
    assert set(told["played"]) == {one["name"] for one in contracts()}
    assert all(told["played"].values())
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} >= set(PACKAGES)
