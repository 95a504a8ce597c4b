"""A difference between two releases as one HTML page that asks no other computer for anything."""

from collections.abc import Sequence
from html import escape

from hub_release.bump import Bump
from hub_release.diff import Difference

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bar: #3b6ea5; --gone: #a5503b; --other: #8a7a2f }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid var(--line) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } code { font-size: 90% }
.bar { display: inline-block; height: .7em; background: var(--bar) } .gone { background: var(--gone) } .other { background: var(--other) }
""".strip()  # noqa: E501  # a style sheet
_KINDS = (("added", ""), ("removed", "gone"), ("changed", "other"))


def page(found: Difference, following: Bump) -> str:
    """Return the page."""
    title = f"v{found.old} to v{found.new}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{found.num_added:,} rows added, {found.num_removed:,} removed, {found.num_changed:,} changed;"
        f" {found.files_same:,} files are the same. By these changes the version after {escape(found.old)} is"
        f" <b>{escape(following.version)}</b> ({following.size}): {escape('; '.join(following.reasons))}.</p>",
        _columns(found),
        _groups(found),
        *(_examples(name, ids) for name, ids in found.examples.items()),
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>{"".join(body)}</html>\n'
    )


def _columns(found: Difference) -> str:
    kinds = (
        ("New columns", found.columns_added), ("Columns gone", found.columns_removed),
        ("Columns of another type", found.columns_changed), ("New licences", found.licences_added),
    )  # fmt: skip
    return "".join(f"<p>{what}: {', '.join(map(_code, names))}</p>" for what, names in kinds if names)


def _groups(found: Difference) -> str:
    counts = {name: getattr(found, name) for name, _ in _KINDS}
    groups = sorted({group for of in counts.values() for group in of})
    if not groups:
        return "<p>No row differs.</p>"
    most = max(num for of in counts.values() for num in of.values())
    rows = []
    for group in groups:
        place, _, source = group.partition("/")
        cells = [f"<td>{escape(place)}</td><td>{escape(source)}</td>"]
        for name, style in _KINDS:
            num = counts[name].get(group, 0)
            bar = f'<span class="bar {style}" style="width:{5 * num / most:.2f}rem"></span>' if num else ""
            cells.append(f'<td class="n">{num:,}</td><td>{bar}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    heads = "".join(f'<th class="n">{name}</th><th></th>' for name, _ in _KINDS)
    return f"<table><tr><th>language</th><th>source</th>{heads}</tr>{''.join(rows)}</table>"


def _examples(name: str, ids: Sequence[str]) -> str:
    return f"<h2>Some rows {escape(name)}</h2><p>{', '.join(map(_code, ids))}</p>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
