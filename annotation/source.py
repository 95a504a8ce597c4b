"""The accepted contributions of a campaign as a source of a collection."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from annotation.accepted import accepted
from annotation.book import Book, book_of
from annotation.campaign import read_campaign
from annotation.standing import standing
from aya.errors import InputError
from aya.stage import InputPath, Part, Settings
from aya.table import canonical
from aya.text import digest

Task = Literal["original", "reannotation", "feedback", "postedit"]
_ROWS = 10_000  # of one table


class CampaignSource(Settings):
    """Makes one item of each accepted contribution of a campaign, a part for each language.

    Columns: `inputs`, `targets`, `language`, `annotation_type`, `task`, `dataset_name`, `license`, `parent_id` (the row
    of the collection that was edited; null for what was written from nothing), and for provenance `annotator`
    (pseudonym), `response`, `item`, `edited_from` and `authors` (everybody with a part in it, spaces
    between: by it a store's ledger finds what others made of a text). Who withdrew is left out from the next build on,
    with what was made from their texts.
    """

    name: ClassVar[str] = "annotation.campaign"
    version: ClassVar[int] = 1

    campaign: InputPath = Field(description="the campaign's `campaign.yaml`; its book lies beside it")
    tasks: tuple[Task, ...] = Field(
        default=("original", "reannotation", "postedit"), min_length=1, description="contributions that are taken"
    )
    unchanged: bool = Field(default=False, description="also take edits that changed nothing")

    def facts(self) -> Mapping[str, str]:
        """Return what the campaign says of itself."""
        campaign = read_campaign(self.campaign)
        return {"license": campaign.license, "revision": campaign.name, "citation": campaign.citation}

    def parts(self) -> list[Part]:
        """Return one part for each language and script that has contributions."""
        with book_of(self.campaign) as book:
            made = [self._rows(book, code) for code in book.languages()]
        names = [(name, rows) for rows in made for name in sorted(set(rows["language"].to_pylist()))]
        return [Part(name=name, digest=_digest(_of(rows, name))) for name, rows in names]

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the contributions of a language."""
        with book_of(self.campaign) as book:
            rows = _of(self._rows(book, part.name.partition("-")[0]), part.name)
        if _digest(rows) != part.digest:
            raise InputError(f"{part.name}: the book of the campaign changed while the build ran; build again")
        rows = rows.slice(0, limit)
        own = {
            "_key": rows["response"],
            "_fault": pa.nulls(len(rows), pa.string()),
            "_evidence": pa.nulls(len(rows), pa.string()),
        }
        made = pa.table(own | {name: rows[name] for name in rows.column_names})
        for start in range(0, len(made), _ROWS):
            yield made.slice(start, _ROWS)

    def _rows(self, book: Book, code: str) -> pa.Table:
        terms, now = read_campaign(self.campaign).license, standing(book, language=code)
        return accepted(now, terms=terms, tasks=frozenset(self.tasks), unchanged=self.unchanged)


def _of(rows: pa.Table, name: str) -> pa.Table:
    return rows.filter(pc.equal(rows["language"], name))


def _digest(rows: pa.Table) -> str:
    """Return a digest of all rows, whatever the file that they came from looks like."""
    return digest(*(canonical(row) for row in rows.to_pylist()))
