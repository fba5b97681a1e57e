"""Runs every `bench_*.py` beside it and prints what it measured; a broken promise is an exit of 1.

What was measured is written to `docs/benchmarks.md`, each bench to its own place there. Each bench
has `async def measure() -> list[Figure]`.
"""

import asyncio
import importlib
import sys
from pathlib import Path

from tests.benchmarks import told


def main() -> int:
    """Measure all, or those whose names stand on the command line."""
    failed = 0
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        if sys.argv[1:] and path.stem.removeprefix("bench_") not in sys.argv[1:]:
            continue
        bench = importlib.import_module(f"tests.benchmarks.{path.stem}")
        title = (bench.__doc__ or path.stem).splitlines()[0]
        print(title)
        measured = asyncio.run(bench.measure())
        for figure in measured:
            print(figure.line(), flush=True)
            failed += not figure.holds
        told.write(title, measured)
    print(f"{failed} of our promises not kept" if failed else "all promises kept")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
