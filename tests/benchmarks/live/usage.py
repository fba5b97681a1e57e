"""What a process and its children have used, as Linux counts it."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


def tree(pid: int) -> list[int]:
    """Return a process and all that it started."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_s(pid: int) -> float:
    """Return how long the processor worked for a process tree, its own and the kernel's time."""
    ticks = 0
    for one in tree(pid):
        # The name, in brackets, may hold spaces.
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def rss_kb(pid: int) -> int:
    """Return how much memory a process tree holds."""
    return (
        sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in tree(pid)) * _PAGE_KB
    )
