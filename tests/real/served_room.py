"""Serves the rooms of a test in a process of its own, to be killed: `python -m` with its settings.

The one argument is a file with the settings in JSON; the server listens on their host and port.
"""

import json
import sys
from pathlib import Path

import uvicorn

from server import app
from server.kernel import settings
from web.serving import SOCKETS


def main() -> None:
    """Serve until killed."""
    own = settings.read(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    uvicorn.run(
        app.build(own),
        host=own.host,
        port=own.port,
        log_level="warning",
        access_log=False,
        **SOCKETS,
    )


if __name__ == "__main__":
    main()
