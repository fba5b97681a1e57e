"""Runs every `bench_*.py` beside it and prints what it measured; a broken promise is an exit of 1.

Each has `async def measure() -> list[Figure]`.
"""

import asyncio
import importlib
import sys
from pathlib import Path


def main() -> int:
    """Measure all, or those whose names stand on the command line."""
    failed = 0
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        if sys.argv[1:] and path.stem.removeprefix("bench_") not in sys.argv[1:]:
            continue
        bench = importlib.import_module(f"tests.benchmarks.{path.stem}")
        print((bench.__doc__ or path.stem).splitlines()[0])
        for figure in asyncio.run(bench.measure()):
            print(figure.line(), flush=True)
            failed += not figure.holds
    print(f"{failed} of our promises not kept" if failed else "all promises kept")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
