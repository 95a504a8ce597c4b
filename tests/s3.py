"""An S3 server of this machine, over HTTP: moto's, which keeps the rules of S3 and all objects in memory."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def bucket_of_a_server() -> Iterator[str]:
    """Yield the URL of a bucket; this process, and those that it starts, find the server in their environment."""
    import fsspec
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for every request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir("collection")
        yield "s3://collection"
    server.stop()
