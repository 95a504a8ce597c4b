"""Let titles of fields and questions follow the direction of their script; Argilla does so for texts alone."""

from pathlib import Path
from typing import Final

NAME: Final = "direction.css"
STYLE: Final = """\
.title-area > span:first-child { display: block; flex: 1; unicode-bidi: plaintext; text-align: start; }
.label-text__text { unicode-bidi: plaintext; }
"""


def direct(pages: Path) -> None:
    """Put the style into a copy of the interface's pages: the one that Argilla makes at each start."""
    (pages / NAME).write_text(STYLE, encoding="utf-8")
    for page in pages.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        page.write_text(html.replace("</head>", f'<link rel="stylesheet" href="/{NAME}"></head>', 1), encoding="utf-8")
