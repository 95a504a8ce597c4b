"""The rows of a task: from files, from a data set on the Hub, or from a version or release of a collection."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from aya.errors import InputError, UserError, needs
from aya.stage import Match, load, matches
from aya.table import read
from aya.training_data import open_rows

Row = dict[str, Any]


def rows_of(said: Any, roots: Sequence[Path]) -> Iterator[Row]:
    """Yield the rows that a task says, in the order of files and rows; its files are below the first root that has any.

    Raises: UserError for what is not there.
    """
    for row in _version(said, roots[-1]) if said.version else _files(said, roots):
        if all(str(_cell(row, name, said)) in wanted for name, wanted in said.where.items()):
            yield row


def _cell(row: Row, name: str, said: Any) -> Any:
    if name not in row:
        raise InputError(f"{' '.join(said.files) or said.version}: no column '{name}'; there are {', '.join(row)}")
    return row[name]


def _files(said: Any, roots: Sequence[Path]) -> Iterator[Row]:
    below = [_fetched(said)] if said.hub else roots
    for pattern in said.files:
        found = _matches(pattern, below)
        if not found:
            places = said.hub or " or ".join(str(root) for root in below)
            raise InputError(f"no file {pattern} in {places}; say where the data is with --data")
        for match in found:
            named = _named(said, match)
            for row in load("dedup.row_files:rows")(match.path, header=said.header):
                yield from _tall({**row, **named}, said.wide)


def _tall(row: Row, wide: str | None) -> Iterator[Row]:
    """Yield a row for each column that holds a text of its own, or the row itself."""
    if wide is None:
        yield row
        return
    for name, value in row.items():
        if value is not None and (found := re.search(wide, name)):
            yield {**row, **found.groupdict(), "text": value}


def _matches(pattern: str, roots: Sequence[Path]) -> list[Match]:
    return next((found for root in roots if (found := matches(str(root.resolve() / pattern)))), [])


def _named(said: Any, match: Match) -> dict[str, str]:
    if said.file_name is None:
        return {}
    found = re.search(said.file_name, match.path.as_posix())
    if found is None:
        raise InputError(f"{match.path}: its name does not fit file_name, {said.file_name}")
    return {name: value for name, value in found.groupdict().items() if value is not None}


def _fetched(said: Any) -> Path:
    with needs("hub"):
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
        from huggingface_hub.utils.tqdm import disable_progress_bars
    disable_progress_bars()
    try:
        return Path(
            snapshot_download(said.hub, repo_type="dataset", revision=said.revision, allow_patterns=list(said.files))
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise UserError(f"{said.hub}: can not be fetched: {str(error).splitlines()[0]}") from error


def _version(said: Any, home: Path) -> Iterator[Row]:
    opened = open_rows(said.version, home=home, releases=Path("build/releases"))
    for path in sorted({segment.path for some in opened.segments.values() for segment in some}):
        rows = read(path)
        if said.held_out:
            held = load("training.stream:is_held_out")(
                rows["id"].to_pylist(), rows["split"].to_pylist(), share=said.held_out, seed=said.seed
            )
            rows = rows.filter(held)
        yield from rows.to_pylist()
