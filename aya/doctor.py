"""What this computer has and lacks for aya, and for one recipe, in words for people who are no engineers."""

import os
import re
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple

from aya import __version__
from aya.errors import UserError
from aya.forecast import forecast
from aya.lock import check_lock, lock_path
from aya.recipe import Recipe, load_recipe
from aya.record import BuildRecord
from aya.stage import FOLDERS
from aya.store import Store

State = Literal["good", "note", "missing"]

PLAIN, PACKED = 2, 5
"""Bytes that a build writes for a byte of text as it is, and for a byte of a packed file; from the worked examples."""
PER_WORKER = 700_000_000
"""Bytes of memory of one worker, nearly."""

_PACKED = (".parquet", ".arrow", ".gz", ".zst")
_REQUIREMENT = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?\s*([^;]*?)\s*(?:;.*extra\s*==\s*['\"]([^'\"]+)['\"].*)?$")
_HUB = "https://huggingface.co"


class Finding(NamedTuple):
    """One thing that was looked at; only what is `missing` keeps one from working."""

    state: State
    what: str
    advice: str = ""


def examine(
    path: Path | None = None, *, data: Path | None = None, store: Path | None = None, online: bool = False
) -> Iterator[Finding]:
    """Yield what was found; without `online` no other computer is asked."""
    yield Finding("good", f"aya {__version__} on Python {sys.version.split()[0]}")
    yield from _packages(metadata.requires("aya") or [])
    yield from _names()
    recipe = None
    if path is not None:
        try:
            recipe = load_recipe(path, data=data, glance=True)
            yield Finding("good", f"{path} has no fault")
        except UserError as error:
            yield from (Finding("missing", line, "mend the recipe") for line in str(error).splitlines())
    if recipe is not None:
        yield from _recipe(recipe, store or Path("build") / recipe.name)
    yield from _memory(os.cpu_count() or 1)
    yield from _hub(recipe, online=online)


def _packages(requirements: list[str]) -> Iterator[Finding]:
    """Yield packages that are missing or too old; extras that are not there are a note."""
    extras: dict[str, list[str]] = {}
    num = 0
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match is None:
            continue
        name, wanted, extra = match.groups()
        fault = _fault(name, wanted)
        if extra is None:
            num += 1
            if fault:
                yield Finding("missing", fault, f"pip install '{name}{wanted}'")
        elif extra != "dev" and fault:
            extras.setdefault(extra, []).append(fault)
    yield Finding("good", f"the {num} packages that aya always needs were looked at")
    for extra, faults in sorted(extras.items()):
        yield Finding("note", f"extra '{extra}' is not there: {'; '.join(faults)}", f"pip install 'aya[{extra}]'")


def _fault(name: str, wanted: str) -> str | None:
    """Return what is wrong with a package."""
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name} is not installed"
    least = re.search(r">=\s*([0-9.]+)", wanted)
    if least and _numbers(found) < _numbers(least[1]):
        return f"{name} {found} is too old, {least[1]} or newer is needed"
    return None


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", re.split(r"[a-z+]", version)[0])]


def _names() -> Iterator[Finding]:
    """Yield other distributions that have a folder of the same name as one of ours."""
    owners: Mapping[str, list[str]] = metadata.packages_distributions()
    for name in ("aya", *FOLDERS):
        others = sorted(set(owners.get(name, [])) - {"aya"})
        if others:
            yield Finding(
                "missing", f"{', '.join(others)} has a folder '{name}' as well", "give aya its own environment"
            )


_TEACHERS = {"smollm2": "smol", "transformers": "translation"}
"""Extras that models need, by where they are; any other is a server."""


def needed_extras(recipe: Recipe) -> dict[str, str]:
    """Return the extras that a recipe needs, with what needs them."""
    found = {}
    for entry in recipe.sources:
        if entry.source.name == "collection.hub":
            found["hub"] = entry.about.name
        for teacher in getattr(entry.source, "teachers", ()):
            found[_TEACHERS.get(teacher.at, "synthesis")] = entry.about.name
    for stage in recipe.stages:
        if at := getattr(getattr(stage, "judge", None), "at", None):
            found[_TEACHERS.get(at, "synthesis")] = stage.name
        backend = {"langdetect": "language_id", "fasttext": "fasttext"}.get(str(getattr(stage, "backend", "")))
        if backend:
            found[backend] = stage.name
    return found


def _recipe(recipe: Recipe, store: Path) -> Iterator[Finding]:
    there = {
        finding.what.split("'")[1] for finding in _packages(metadata.requires("aya") or []) if "extra '" in finding.what
    }
    for extra, who in needed_extras(recipe).items():
        if extra in there:
            yield Finding("missing", f"{who} needs the extra '{extra}'", f"pip install 'aya[{extra}]'")
    try:
        yield from _room(recipe, store)
    except UserError as error:
        yield Finding("missing", str(error), "put the file where the recipe looks for it")
        return
    if lock_path(recipe).is_file():
        try:
            check_lock(recipe)
            yield Finding("good", f"all is as {lock_path(recipe)} pinned it")
        except UserError as error:
            yield from (
                Finding("note", line, "`aya build --locked` would refuse this") for line in str(error).splitlines()
            )


def _room(recipe: Recipe, store: Path) -> Iterator[Finding]:
    """Yield whether the disk has room, by the last build of the store or by the size of the files."""
    home = Store(store)
    records = sorted(home.records.glob("*.json"), key=lambda path: path.stat().st_mtime)
    if records:
        record = BuildRecord.model_validate_json(records[-1].read_bytes())
        need = sum(step.bytes for step in record.passes)
        steps = list(forecast(recipe, store=home))
        seconds = sum(step.seconds or 0 for step in steps)
        yield Finding("note", f"a build takes about {seconds:,.0f} seconds of work, by the last one in {store}")
    else:
        parts = [Path(part.path) for entry in recipe.sources for part in entry.source.parts() if part.path]
        sizes = [(path, path.stat().st_size) for path in parts if path.is_file()]
        need = sum(size * (PACKED if path.name.endswith(_PACKED) else PLAIN) for path, size in sizes)
    above = next(path for path in (store.absolute(), *store.absolute().parents) if path.exists())
    free = shutil.disk_usage(above).free
    said = f"a build writes about {_size(need)} to {store}; {_size(free)} are free"
    yield Finding("good", said) if need < free else Finding("missing", said, "free some space, or name another --store")


def _memory(workers: int) -> Iterator[Finding]:
    try:
        pages, page = os.sysconf("SC_AVPHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):  # not known on this system
        return
    free, need = pages * page, workers * PER_WORKER
    said = f"{workers} workers need about {_size(need)} of memory; {_size(free)} are free"
    fits = max(1, free // PER_WORKER)
    yield Finding("good", said) if need <= free else Finding("note", said, f"aya build --workers {fits}")


def _hub(recipe: Recipe | None, *, online: bool) -> Iterator[Finding]:
    """Yield whether the Hub can be reached and whether a token for it is there; the token itself is not read."""
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    has_token = bool(os.environ.get("HF_TOKEN")) or (home / "token").is_file()
    wanted = {
        "data sets that ask for a login can not be read": recipe is not None and "hub" in needed_extras(recipe),
        "a release can not be sent": recipe is not None and bool(recipe.release.repo),
    }
    if has_token:
        yield Finding("good", "a token for the Hugging Face Hub is there")
    elif any(wanted.values()):
        lost = ", and ".join(what for what, needed in wanted.items() if needed)
        yield Finding("note", f"no token for the Hugging Face Hub: {lost}", "hf auth login")
    if online:
        address = os.environ.get("HF_ENDPOINT", _HUB)
        try:
            urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=5).close()
            yield Finding("good", f"{address} answers")
        except urllib.error.HTTPError:
            yield Finding("good", f"{address} answers")
        except (OSError, ValueError) as error:
            state: State = "missing" if recipe and "hub" in needed_extras(recipe) else "note"
            yield Finding(state, f"{address} does not answer ({error})", "look at the network or the proxy")


def _size(num: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if num < 1_000:
            return f"{num:,.1f} GB" if unit == "GB" else f"{num:,.0f} {unit}"
        num /= 1_000
    return f"{num:,.1f} TB"
