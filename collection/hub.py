"""Data sets on the Hugging Face Hub, read as a stream."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

import pyarrow as pa
from pydantic import Field, field_validator

from aya.errors import InputError, needs
from aya.stage import Part
from aya.table import put
from aya.text import digest
from collection.arrow_tables import items
from collection.shaping import Shaped, finished

_COMMIT = re.compile(r"[0-9a-f]{40}")
UNPINNED = "unpinned"
CONFIG = "config"
_BATCH_ROWS = 1_000


class Hub(Shaped):
    """Reads one split of a data set, at one commit; a branch or tag is refused, since it can move.

    A recipe may say `revision: unpinned` as long as it is only checked and planned. Of several configurations each is a
    part, and the column `config` of an item names it; each split may be cut into `shards` parts, at most as many as it
    has files.

    Needs the extra `hub`. Where the Hub is, and the token for it, are the settings of `huggingface_hub`
    (`HF_ENDPOINT`, `HF_TOKEN`). As `datasets` has it, a folder of that name comes before the Hub.
    """

    name: ClassVar[str] = "collection.hub"
    version: ClassVar[int] = 1

    repo: str = Field(
        pattern=r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$", description="name of the data set, as `owner/name`"
    )
    revision: str = Field(description="commit of the data set, 40 hex digits")
    config: str | tuple[str, ...] | None = Field(default=None, description="configuration of the data set, or several")
    split: str = Field(default="train", min_length=1, description="split of the data set")
    shards: int = Field(default=1, ge=1, description="parts of each configuration, read at the same time")

    @field_validator("revision")
    @classmethod
    def _check_commit(cls, revision: str) -> str:
        if revision != UNPINNED and not _COMMIT.fullmatch(revision):
            raise ValueError(f"'{revision}' can move; give the commit, 40 hex digits")
        return revision

    def facts(self) -> Mapping[str, str]:
        """Return the revision and address; the licence and citation are the recipe's to say."""
        return {"revision": self.revision, "url": f"https://huggingface.co/datasets/{self.repo}"}

    def parts(self) -> list[Part]:
        """Return the splits in parts; a commit is its own digest.

        Raises: InputError if the recipe has not said the commit yet.
        """
        if self.revision == UNPINNED:
            page = f"https://huggingface.co/datasets/{self.repo}/commits/main"
            raise InputError(f"{self.repo} is {UNPINNED}; give its commit as `revision`, from {page}")
        names = ["/".join(part for part in (self.repo, config, self.split) if part) for config in self._configs]
        parts = [f"{name}{piece}" for name in names for piece in self._pieces]
        return [Part(name=name, digest=digest(name, self.revision)) for name in parts]

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items of a part."""
        made = items(self._tables(part), part=part, most_row_bytes=self.most_row_bytes)
        return finished(made, self, part=part.name, limit=limit)

    @property
    def num_parts(self) -> int:
        """Return in how many parts it is read, pinned or not."""
        return len(self._configs) * self.shards

    @property
    def _configs(self) -> tuple[str | None, ...]:
        return self.config if isinstance(self.config, tuple) else (self.config,)

    @property
    def _pieces(self) -> list[str]:
        return [f"/{index:05d}-of-{self.shards:05d}" for index in range(self.shards)] if self.shards > 1 else [""]

    def _tables(self, part: Part) -> Iterator[pa.Table]:
        with needs("hub"):
            import datasets
        number, index = divmod([each.name for each in self.parts()].index(part.name), self.shards)
        config = self._configs[number]
        try:
            stream = datasets.load_dataset(self.repo, config, split=self.split, revision=self.revision, streaming=True)
            if self.shards > stream.num_shards:
                raise InputError(f"{part.name}: has {stream.num_shards} files, so `shards` can be no more than that")
            stream = stream.shard(self.shards, index) if self.shards > 1 else stream
            for table in stream.with_format("arrow").iter(_BATCH_ROWS):
                yield put(table, CONFIG, [config] * len(table), pa.string()) if len(self._configs) > 1 else table
        except (datasets.exceptions.DatasetsError, ValueError, OSError) as error:
            first = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise InputError(f"{part.name}: can not be read: {first}") from error
