"""A page that is one file: style, scripts and data inside it, and a policy that lets nothing else in."""

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from jinja2 import Environment, FunctionLoader

from aya.errors import UserError
from aya.table import publish

_HERE = files("aya")


def filled(
    template: str, *folders: Traversable, styles: Sequence[str], scripts: Sequence[str] = (), **values: object
) -> str:
    """Return the page of a template, which includes `head.html`; all it names is looked for in the folders, in order.

    Its styles follow the one that all pages share. `values` are what the templates name: `title`, and where it is
    wanted the `kind` of the page, and `lang` and `dir` of its words.
    """

    def read(name: str) -> str:
        places = (folder.joinpath(name) for folder in (*folders, _HERE))
        return next(place for place in places if place.is_file()).read_text(encoding="utf-8")

    style = "".join((_HERE.joinpath("page.css").read_text(encoding="utf-8"), *map(read, styles)))
    code = [read(name) for name in scripts]
    return (
        Environment(autoescape=True, keep_trailing_newline=True, loader=FunctionLoader(read))
        .get_template(template)
        .render(
            values, style=style, style_hash=_allowed(style), scripts=code, script_hashes=" ".join(map(_allowed, code))
        )
    )


def _allowed(code: str) -> str:
    """Return the entry of a page's Content-Security-Policy that allows this very script or style sheet."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def embedded(data: object) -> str:
    """Return JSON that no HTML parser can take for a tag, a comment or an entity."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def save(page: str, path: Path) -> None:
    """Write a page to a file, whole or not at all.

    Raises: UserError if the file can not be written.
    """
    try:
        publish(path, lambda temporary: temporary.write_text(page, encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} can not be written: {error.strerror}") from error
