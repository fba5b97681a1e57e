"""Where the tests keep their stores and files: in memory where the system has a folder for that.

A disk's time to write is what the tests would mostly wait for; nothing they ask outlives the run,
and a killed server loses nothing that the system has taken.
"""

import os
import shutil
import tempfile
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")  # noqa: S108  Linux's own; a name of the run's own is made in it
_ENOUGH_BYTES = 4 * 2**30


def choose() -> None:
    """Have everything temporary, of programs started from here too, kept in memory.

    A `TMPDIR` that was given stays; so does the disk where there is no such folder, or little room.
    """
    if "TMPDIR" in os.environ or not os.access(_IN_MEMORY, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(_IN_MEMORY).free < _ENOUGH_BYTES:
        return
    os.environ["TMPDIR"] = str(_IN_MEMORY)
    tempfile.tempdir = None
