"""What every step of a campaign works with: the campaign, its book, and Argilla."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from annotation.argilla_api import Argilla
from annotation.book import Book
from annotation.campaign import BOOK, KEY, Campaign
from annotation.pseudonyms import read_key
from aya.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A campaign, open for work; everything of its own lies in its folder."""

    campaign: Campaign
    folder: Path
    book: Book
    argilla: Argilla
    key: bytes


@contextmanager
def at_desk(campaign: Campaign, path: Path) -> Iterator[Desk]:
    """Yield the desk of the campaign in the file `path`; book and key are made beside it the first time."""
    folder = path.parent
    api_key = _api_key(folder / campaign.server.key_file)
    book = Book(folder / BOOK)
    try:
        yield Desk(
            campaign=campaign,
            folder=folder,
            book=book,
            argilla=Argilla(campaign.server.url, api_key),
            key=read_key(folder / KEY, make=True),
        )
    finally:
        book.close()


def _api_key(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
        return str(json.loads(text)["api_key"]) if path.suffix == ".json" else text
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: no API key of Argilla's owner (server.key_file): {error}") from error
