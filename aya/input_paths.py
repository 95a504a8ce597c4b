"""Settings that are paths of inputs: what they name, and their content, which enters content keys."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import xxhash
from pydantic import BaseModel

from aya.stage import Aside, Inside, matches
from aya.text import digest


def canonical_settings(plugin: BaseModel, *, paths: bool = True) -> dict[str, Any]:
    """Return the settings as they enter a content key: a path is the name and content of what it names.

    What is marked `aya.stage.Aside` is left out.
    """
    plain = plugin.model_dump(mode="json")
    for name, info in type(plugin).model_fields.items():
        models = models_in(getattr(plugin, name))
        if any(isinstance(item, Aside) for item in info.metadata):
            del plain[name]
        elif models:
            plain[name] = [canonical_settings(model, paths=paths) for model in models]
        elif is_path(info.annotation, info.metadata):
            value = plain.pop(name)
            listed = value if isinstance(value, list) else [] if value is None else [value]
            if paths:
                plain[name] = [[file, content_digest(path)] for item in listed for file, path in files_of(item)]
    return plain


def named_paths(plugin: BaseModel) -> Iterator[list[str]]:
    """Yield the paths and patterns of every setting that is one, as they stand there."""
    plain = plugin.model_dump(mode="json")
    for name, info in type(plugin).model_fields.items():
        if models := models_in(getattr(plugin, name)):
            for model in models:
                yield from named_paths(model)
        elif is_path(info.annotation, info.metadata) and plain[name] is not None:
            yield plain[name] if isinstance(plain[name], list) else [plain[name]]


def models_in(value: object) -> list[BaseModel]:
    """Return the models that a setting is a tuple of."""
    items = value if isinstance(value, tuple) else ()
    return [item for item in items if isinstance(item, BaseModel)]


def files_of(path: str) -> list[tuple[str, Path]]:
    """Return name and place of what a path or a pattern stands for."""
    if Path(path).exists():
        return [(Path(path).name, Path(path))]
    return [(found.name, found.path) for found in matches(path)]


def is_path(annotation: object, metadata: Iterable[object]) -> bool:
    """Return whether a setting is marked as a path, or holds such."""
    if any(isinstance(item, Inside) for item in metadata):
        return True
    return any(is_path(item, getattr(item, "__metadata__", ())) for item in get_args(annotation))


def content_digest(path: Path) -> str:
    """Return 128 bits of a file's content, or of the names and contents of a folder's files."""
    if path.is_dir():
        files = sorted(item for item in path.rglob("*") if item.is_file())
        return digest(*(text for file in files for text in (str(file.relative_to(path)), content_digest(file))))
    hasher = xxhash.xxh3_128()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            hasher.update(block)
    return hasher.hexdigest()
