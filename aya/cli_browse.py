"""`aya browse`: search and page through the rows of a version in a browser."""

import errno
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from aya.errors import UserError
from aya.terminal import out, talk
from aya.version import open_version


def browse(
    store: Annotated[Path, typer.Argument(help="the store, or the folder of one version", show_default=False)],
    version: Annotated[str | None, typer.Option(help="a version of the store [default: the latest]")] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one")] = 0,
    opens: Annotated[bool, typer.Option("--open/--no-open", help="open the page in your browser")] = True,
) -> None:
    """Serve a page on this computer to search and page through rows, kept and dropped; it changes no row."""
    from aya.browse.desk import Desk
    from aya.browse.server import Server

    desk = Desk(open_version(store, version))
    try:
        server = Server(desk, port=port)
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"can not be used: {error.strerror}"
        raise UserError(f"port {port} {why}; --port 0 takes a free one") from error
    learning = threading.Thread(target=desk.learn, daemon=True)
    learning.start()
    with server:
        out.print(server.address, markup=False)
        talk.print("press Ctrl-C to end", markup=False)
        if opens:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            talk.print("ended", markup=False)
        finally:
            desk.close()
            learning.join()
