"""Blind packs: two systems' answers side by side, whose they are sealed in a key that is kept apart."""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from aya import languages
from aya.errors import InputError, UserError
from aya.stage import Settings
from aya.table import canonical, publish, sha256
from training.judging.pack_files import html_page, table, written_lines
from training.judging.pairs import Pair

MANIFEST: Final = "pack.json"
MOMENT: Final = 946_684_800
"""Time of every file of a pack, 2000-01-01: when a file was written says nothing."""
_SECRET_BYTES = 32


class Sealed(Settings):
    """What the key says of an item: which prompt it is, and whose answers are shown first and second."""

    id: str
    language: str
    systems: tuple[str, str]
    contaminated: bool = Field(default=False, description="whether its prompt was found in what a system learned from")


class Key(Settings):
    """What opens a pack. Its file's SHA-256 is published in the pack, so that it can not be another one later."""

    secret: str = Field(pattern=r"^[0-9a-f]{64}$", description="decides sides, order and names of items")
    systems: tuple[str, ...]
    files: dict[str, str] = Field(description="SHA-256 of the files of items of the pack")
    items: dict[str, Sealed]
    alike: tuple[Sealed, ...] = Field(description="pairs of the same two texts: ties, about which nobody is asked")


class Manifest(Settings):
    """What a pack says of itself; of systems nothing."""

    title: str
    seal: str = Field(description="SHA-256 of the key's file")
    items: dict[str, int] = Field(description="language -> number of items")
    files: dict[str, str] = Field(description="SHA-256 of every other file of the pack")


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A pair as it is shown."""

    item: str
    language: str
    script: str | None
    prompt: str
    answers: tuple[str, str]

    @property
    def row(self) -> dict[str, Any]:
        """The item as a row of a file."""
        first, second = self.answers
        return {
            "item": self.item, "language": self.language, "script": self.script, "prompt": self.prompt,
            "answer_1": first, "answer_2": second,
        }  # fmt: skip


def seal(asked: Sequence[Pair], pack: Path, key: Path, *, title: str, secret: str | None = None) -> Manifest:
    """Write a pack and its key, and return what the pack says of itself.

    Sides, order and names of items come from the secret (64 hex digits; drawn for the occasion if none is given) and
    the prompt's id. Of each language the pack has a page to answer in, a table and JSON Lines. The key's file is for
    its owner alone, and lies outside the pack.
    Raises: UserError if either is there already, the key would lie in the pack, or the title names a system.
    """
    _check_places(pack, key)
    systems = sorted({name for pair in asked for name in pair.systems})
    if said := [name for name in systems if _says(title, name)]:
        raise UserError(f"the title '{title}' names the system '{said[0]}', and the panel reads it")
    secret = secret or os.urandom(_SECRET_BYTES).hex()
    open_ = [(_turned(secret, pair), pair) for pair in asked if not pair.alike]
    items = sorted((_item(secret, pair) for _, pair in open_), key=lambda item: item.item)
    if not items:
        raise UserError("all answers are the same in all systems; there is nothing to ask")
    by_language: dict[str, list[Item]] = {}
    for item in items:
        by_language.setdefault(item.language, []).append(item)
    listed = {f"{code}.jsonl": written_lines(item.row for item in found) for code, found in by_language.items()}
    made = Key(
        secret=secret,
        systems=tuple(systems),
        files={name: hashlib.sha256(text).hexdigest() for name, text in sorted(listed.items())},
        items=dict(sorted((_name(secret, pair), turned) for turned, pair in open_)),
        alike=tuple(_turned(secret, pair) for pair in asked if pair.alike),
    )
    sealed = _write_key(made, key)
    texts = listed | {f"{code}.csv": table([item.row for item in found]) for code, found in by_language.items()}
    for code, found in by_language.items():
        texts[f"{code}.html"] = html_page([item.row for item in found], language=code, title=title, seal=sealed)
    manifest = Manifest(
        title=title,
        seal=sealed,
        items={code: len(found) for code, found in sorted(by_language.items())},
        files={name: hashlib.sha256(text).hexdigest() for name, text in sorted(texts.items())},
    )
    texts[MANIFEST] = (manifest.model_dump_json(indent=1) + "\n").encode()
    _write_pack(pack, texts)
    return manifest


def naming(asked: Iterable[Pair]) -> dict[str, int]:
    """Return how many answers say the name of a system; no seal hides that."""
    found: dict[str, int] = {}
    for pair in asked:
        for name in pair.systems:
            num = sum(_says(one.answer, name) for one in pair.answered)
            if num:
                found[name] = found.get(name, 0) + num
    return dict(sorted(found.items()))


def _says(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def read_key(path: Path, manifest: Manifest) -> Key:
    """Return the key of a pack.

    Raises: InputError if it is not the one that the pack was sealed with, or was changed since.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: can not be read: {error.strerror}") from error
    found = hashlib.sha256(text).hexdigest()
    if found != manifest.seal:
        raise InputError(
            f"{path}: not the key that the pack was sealed with, or changed since: its SHA-256 is {found},"
            f" the pack names {manifest.seal}"
        )
    return Key.model_validate_json(text)


def read_pack(pack: Path) -> Manifest:
    """Return what a pack says of itself, once its files are those that it names.

    Raises: InputError naming the file that was changed or is missing.
    """
    try:
        manifest = Manifest.model_validate_json((pack / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{pack}: no pack: {MANIFEST} can not be read: {str(error).splitlines()[0]}") from error
    for name, digest in manifest.files.items():
        path = pack / name
        if not path.is_file():
            raise InputError(f"{path} is missing")
        if sha256(path) != digest:
            raise InputError(f"{path} was changed since the pack was made")
    return manifest


def read_items(pack: Path, manifest: Manifest) -> list[Item]:
    """Return the items of a pack in their order."""
    rows = [
        json.loads(line)
        for code in manifest.items
        for line in (pack / f"{code}.jsonl").read_text(encoding="utf-8").split("\n")
        if line
    ]
    return [
        Item(
            item=row["item"], language=row["language"], script=row["script"], prompt=row["prompt"],
            answers=(row["answer_1"], row["answer_2"]),
        )
        for row in rows
    ]  # fmt: skip


def opened(pack: Path, key: Path) -> tuple[Manifest, Key]:
    """Return what a pack and its key say, once both are what they were when they were made.

    Raises: InputError naming what was changed.
    """
    manifest = read_pack(pack)
    found = read_key(key, manifest)
    for name, digest in found.files.items():
        if manifest.files.get(name) != digest:
            raise InputError(f"{pack / name} is not the file that the key was made for")
    return manifest, found


def _check_places(pack: Path, key: Path) -> None:
    if key.absolute().resolve().is_relative_to(pack.absolute().resolve()):
        raise UserError(f"{key} lies in the pack; a key is kept apart, where the panel does not see it")
    for path in (pack, key):
        if path.exists():
            raise UserError(f"{path} is there already; a pack that was handed out is not written over")


def _draw(secret: str, what: str, pair: Pair) -> bytes:
    said = canonical([what, pair.language, pair.id, sorted(pair.systems)])
    return hmac.new(bytes.fromhex(secret), said.encode(), hashlib.sha256).digest()


def _name(secret: str, pair: Pair) -> str:
    return _draw(secret, "item", pair).hex()[:24]


def _side(secret: str, pair: Pair) -> bool:
    """Return whether the system that comes later in the alphabet is shown first."""
    return bool(_draw(secret, "side", pair)[0] & 1)


def _shown(secret: str, pair: Pair) -> Sequence[int]:
    """Return which answers are shown first and second; it does not depend on the order that systems were named in."""
    in_order = sorted((0, 1), key=lambda place: pair.systems[place])
    return in_order[::-1] if _side(secret, pair) else in_order


def _item(secret: str, pair: Pair) -> Item:
    first, second = _shown(secret, pair)
    about, answered = pair.answered[0], pair.answered
    return Item(
        item=_name(secret, pair),
        language=pair.language,
        script=about.script or languages.get(pair.language).script,
        prompt=about.prompt,
        answers=(answered[first].answer, answered[second].answer),
    )


def _turned(secret: str, pair: Pair) -> Sealed:
    first, second = _shown(secret, pair)
    systems = (pair.systems[first], pair.systems[second])
    return Sealed(id=pair.id, language=pair.language, systems=systems, contaminated=pair.contaminated)


def _write_key(key: Key, path: Path) -> str:
    text = (key.model_dump_json(indent=1) + "\n").encode()

    def write(temporary: Path) -> None:
        temporary.touch(mode=0o600)
        temporary.write_bytes(text)

    publish(path, write)
    return hashlib.sha256(text).hexdigest()


def _write_pack(pack: Path, texts: Mapping[str, bytes]) -> None:
    pack.mkdir(parents=True)
    for name, text in sorted(texts.items()):
        publish(pack / name, lambda path, text=text: path.write_bytes(text))
    for path in (*sorted(pack.iterdir()), pack):
        os.utime(path, (MOMENT, MOMENT))
