"""The leaderboard and the progress of a campaign as a page, and a server of it."""

from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from annotation.leaderboard import Leaderboard, Progress
from annotation.pages import page

HEADERS = {  # the page itself has a policy that lets nothing in; a header alone can forbid frames
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def render(title: str, board: Leaderboard, done: Sequence[Progress], *, as_of: str, most: int = 100) -> str:
    """Return the page; `most` rows of each board. People appear by the first eight digits of their pseudonym."""
    boards = [
        ("overall", "Overall", board.overall), ("weekly", "This week", board.weekly), ("daily", "Today", board.daily)
    ]  # fmt: skip
    codes = {row.language for row in done} | set(board.by_language)
    return page(
        "index.html",
        codes=codes,
        title=title,
        kind="leaderboard",
        as_of=as_of,
        boards=[(key, name, rows[:most]) for key, name, rows in boards],
        by_language=[(code, rows[:most]) for code, rows in board.by_language.items()],
        progress=done,
    )


def server(make: Callable[[], str], *, port: int) -> ThreadingHTTPServer:
    """Return a server of the page at 127.0.0.1, which is made anew for every reader."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/":
                self.send_error(404)
                return
            body = make().encode()
            self.send_response(200)
            for name, value in (HEADERS | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that it overrides
            """Say nothing: addresses of readers are not kept."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
