"""What every served demo would do at its start, done once in the process they are copied from."""

import gc

# A server imports these only when it begins.
import uvicorn.protocols.http.auto
import uvicorn.protocols.websockets.websockets_sansio_impl  # noqa: F401

import tests.real.served_demo  # noqa: F401
from server.kernel import migrating

migrating.newest()
gc.collect()
gc.freeze()  # a copy does not look through, and so write to, what it shares
