"""`CHANGELOG.md`: what each release added, removed and changed, by language and source."""

from aya.card import table
from hub_release.diff import Difference
from hub_release.draft import Draft

_HEAD = """# Changelog

Versions are semantic: MAJOR for schema, ids or splits, MINOR for rows added, PATCH for rows removed or corrected.
"""


def changelog(draft: Draft) -> str:
    """Return the changelog of the release before with this release on top."""
    version, date = draft.version, draft.request.date
    body = _first(draft) if draft.difference is None else changes(draft.difference)
    older = ""
    if draft.previous is not None:
        text = (draft.previous.path / "CHANGELOG.md").read_text(encoding="utf-8")
        older = text[text.index("\n## ") :]
    return f"{_HEAD}\n## v{version} ({date})\n\n{body}{older}"


def changes(found: Difference) -> str:
    """Return what became of the rows, as Markdown."""
    lines = [
        f"Since v{found.old}: **{found.num_added:,} rows added, {found.num_removed:,} removed,"
        f" {found.num_changed:,} changed**.\n"
    ]
    for what, names in (
        ("New columns", found.columns_added), ("Columns gone", found.columns_removed),
        ("Columns of another type", found.columns_changed), ("New licences", found.licences_added),
    ):  # fmt: skip
        if names:
            lines.append(f"{what}: {', '.join(f'`{name}`' for name in names)}.\n")
    if found.num_removed:
        lines.append("Older versions still hold the rows removed here: please move on to this one.\n")
    if groups := sorted({*found.added, *found.removed, *found.changed}):
        kinds = (found.added, found.removed, found.changed)
        rows = [(*group.split("/", 1), *(kind.get(group, 0) for kind in kinds)) for group in groups]
        lines.append(table(["language", "source", "added", "removed", "changed"], rows))
    return "\n".join(lines)


def _first(draft: Draft) -> str:
    num = len(draft.places)
    return f"The first release: {draft.num_rows:,} rows in {num} languages from {len(draft.sources)} sources.\n"
