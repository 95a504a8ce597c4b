"""A Google Cloud Storage server of this machine, over HTTP: an emulator that keeps all objects in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import HTTPServer
from threading import Thread

import pytest


@contextmanager
def gcs_bucket_of_a_server() -> Iterator[str]:
    """Yield the URL of a bucket; this process finds the server in its environment."""
    import fsspec
    from gcp_storage_emulator.handlers.buckets import create_bucket
    from gcp_storage_emulator.server import RequestHandler
    from gcp_storage_emulator.storage import Storage

    storage = Storage(use_memory_fs=True)
    create_bucket("collection", storage)
    handler = partial(RequestHandler, storage)
    with HTTPServer(("127.0.0.1", 0), handler) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
        patch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")  # which would ask by gRPC for the bucket's kind
        patch.setitem(fsspec.config.conf, "gs", {"token": "anon"})
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield "gs://collection"
        finally:
            server.shutdown()
            thread.join()
