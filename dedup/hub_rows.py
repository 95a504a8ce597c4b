"""Rows of a data set on the Hugging Face Hub, as a stream."""

import re
from collections.abc import Iterator
from typing import Any

from aya.errors import InputError, needs


def hub_rows(repo: str, config: str | None, *, revision: str, split: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a split at one commit; a branch or tag is refused, since it can move.

    Raises: InputError if it can not be read.
    """
    where = "/".join(part for part in (repo, config, split) if part)
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        page = f"https://huggingface.co/datasets/{repo}/commits/main"
        raise InputError(f"{where} is at '{revision}'; give its commit as `revision`, from {page}")
    with needs("hub"):
        import datasets
    try:
        yield from datasets.load_dataset(repo, config, split=split, revision=revision, streaming=True)
    except (datasets.exceptions.DatasetsError, ValueError, OSError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"{where}: can not be read: {first}") from error
