"""Data sets on the Hugging Face Hub, read as a stream."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

import pyarrow as pa
from pydantic import Field, field_validator

from aya.errors import InputError, needs
from aya.stage import Part
from aya.text import digest
from collection.arrow_tables import items
from collection.shaping import Shaped, finished

_COMMIT = re.compile(r"[0-9a-f]{40}")
_BATCH_ROWS = 1_000


class Hub(Shaped):
    """Reads one split of a data set, at one commit; a branch or tag is refused, since it can move.

    Needs the extra `hub`. Where the Hub is, and the token for it, are the settings of `huggingface_hub`
    (`HF_ENDPOINT`, `HF_TOKEN`). As `datasets` has it, a folder of that name comes before the Hub.
    """

    name: ClassVar[str] = "collection.hub"
    version: ClassVar[int] = 1

    repo: str = Field(
        pattern=r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$", description="name of the data set, as `owner/name`"
    )
    revision: str = Field(description="commit of the data set, 40 hex digits")
    config: str | None = Field(default=None, description="configuration of the data set")
    split: str = Field(default="train", min_length=1, description="split of the data set")

    @field_validator("revision")
    @classmethod
    def _check_commit(cls, revision: str) -> str:
        if not _COMMIT.fullmatch(revision):
            raise ValueError(f"'{revision}' can move; give the commit, 40 hex digits (`aya lock` finds it)")
        return revision

    def facts(self) -> Mapping[str, str]:
        """Return the revision and address; the licence and citation are the recipe's to say."""
        return {"revision": self.revision, "url": f"https://huggingface.co/datasets/{self.repo}"}

    def parts(self) -> list[Part]:
        """Return the split as one part; a commit is its own digest."""
        name = "/".join(part for part in (self.repo, self.config, self.split) if part)
        return [Part(name=name, digest=digest(name, self.revision))]

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items of the split."""
        made = items(self._tables(part), part=part, most_row_bytes=self.most_row_bytes)
        return finished(made, self, part=part.name, limit=limit)

    def _tables(self, part: Part) -> Iterator[pa.Table]:
        with needs("hub"):
            import datasets
        try:
            stream = datasets.load_dataset(
                self.repo, self.config, split=self.split, revision=self.revision, streaming=True
            )
            yield from stream.with_format("arrow").iter(_BATCH_ROWS)
        except (datasets.exceptions.DatasetsError, ValueError, OSError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError(f"{part.name}: can not be read: {first}") from error
