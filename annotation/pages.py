"""Pages of a campaign: one file each, that needs no login, no script and no other computer."""

from collections.abc import Iterable
from importlib.resources import files

from jinja2 import Environment, FunctionLoader

from aya import languages
from aya.text import policy_hash


def page(name: str, *, codes: Iterable[str], **values: object) -> str:
    """Return the page that a template of the folder `board` makes of these values; `codes` are languages it names.

    It carries its style, and a policy that lets nothing else in.
    """
    folder = files("annotation").joinpath("board")
    loader = FunctionLoader(lambda template: folder.joinpath(template).read_text(encoding="utf-8"))
    style = folder.joinpath("style.css").read_text(encoding="utf-8")
    return (
        Environment(autoescape=True, keep_trailing_newline=True, loader=loader)
        .get_template(name)
        .render(
            **values,
            style=style,
            style_hash=policy_hash(style),
            facts={code: languages.get(code) for code in codes if code in languages.codes()},
        )
    )
