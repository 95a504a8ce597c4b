"""Check a release, on disk or on the Hub: checksums, counts, one schema, and that every configuration loads."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from aya.errors import UserError, needs
from hub_release.digests import Digests
from hub_release.remote import MANIFEST, Remote
from hub_release.sending import contents

with needs("hub"):
    from huggingface_hub import get_token, snapshot_download

CARD = "README.md"


def verify_folder(folder: Path, *, load: bool = True) -> tuple[dict[str, Digests], list[str]]:
    """Return the files of a prepared release with their checksums, and what is wrong with them."""
    there = contents(folder)
    faults = list(_faults(folder, there))
    if load and not faults:
        faults += load_all(str(folder), _expected(folder))
    return there, faults


def verify_remote(remote: Remote, revision: str) -> list[str]:
    """Fetch a revision into an empty cache and return what is wrong with it."""
    sha = remote.head(revision)
    with tempfile.TemporaryDirectory() as cache:
        get = partial(snapshot_download, remote.repo, repo_type="dataset", revision=sha, cache_dir=f"{cache}/hub")
        folder = Path(remote.ask(partial(get, endpoint=remote.endpoint, token=remote.api.token)))
        there = contents(folder)
        listed = remote.files(sha)
        faults = [f"{path} arrived otherwise than the Hub lists it" for path, file in listed.items()
                  if path not in there or not there[path].same(file.digest)]  # fmt: skip
        faults += _faults(folder, there)
        if faults:
            return faults
        return load_all(remote.repo, _expected(folder), remote=remote, revision=sha, cache=Path(cache))


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return what a prepared release says of itself.

    Raises: UserError if the folder is none.
    """
    if not (folder / MANIFEST).is_file():
        raise UserError(f"{folder} is no release: it has no {MANIFEST}; make one with: aya release prepare STORE")
    loaded: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return loaded


def _faults(folder: Path, there: Mapping[str, Digests]) -> Iterator[str]:
    """Yield what differs between the manifest and the files."""
    if MANIFEST not in there:
        yield f"it is no release: it has no {MANIFEST}"
        return
    listed = {file["path"]: file for file in manifest_of(folder)["files"]}
    yield from (f"{path} is not in the manifest" for path in there if path.endswith(".parquet") and path not in listed)
    first: tuple[str, pa.Schema] | None = None
    for path, file in listed.items():
        if path not in there:
            yield f"{path} is missing"
        elif there[path].sha256 != file["sha256"]:
            yield f"{path} is not the file that was prepared: its SHA-256 is {there[path].sha256}"
        else:
            opened = pq.read_metadata(folder / path)
            if opened.num_rows != file["rows"]:
                yield f"{path} has {opened.num_rows:,} rows, not {file['rows']:,}"
            schema = opened.schema.to_arrow_schema().remove_metadata()
            first = first or (path, schema)
            if schema != first[1]:
                yield f"{path} has other columns than {first[0]}"


def _expected(folder: Path) -> dict[str, dict[str, int]]:
    """Return the rows of every configuration of the card, by split, as the manifest counts them."""
    files = manifest_of(folder)["files"]
    return {
        name: {split: sum(file["rows"] for file in files if any(fnmatchcase(file["path"], glob) for glob in globs))
               for split, globs in splits.items()}
        for name, splits in configurations((folder / CARD).read_text(encoding="utf-8")).items()
    }  # fmt: skip


def configurations(card: str) -> dict[str, dict[str, list[str]]]:
    """Return the configurations of a card: patterns of files, by name and split."""
    head: dict[str, Any] = (
        yaml.safe_load(card.removeprefix("---").split("\n---", 1)[0]) if card.startswith("---") else {}
    )
    return {
        config["config_name"]: {
            part["split"]: [part["path"]] if isinstance(part["path"], str) else part["path"]
            for part in config["data_files"]
        }
        for config in (head or {}).get("configs", [])
    }


def load_all(
    where: str,
    expected: Mapping[str, Mapping[str, int]],
    *,
    remote: Remote | None = None,
    revision: str | None = None,
    cache: Path | None = None,
) -> list[str]:
    """Load configurations with `datasets` and empty caches; return a fault for each that does not load."""
    with tempfile.TemporaryDirectory() as empty:
        home = cache or Path(empty)
        caches = {"HUB": "hub", "DATASETS": "datasets", "XET": "xet"}
        environment = dict(os.environ) | {f"HF_{kind}_CACHE": str(home / name) for kind, name in caches.items()}
        environment |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        token = remote.api.token if remote is not None else None
        if remote is not None:
            environment |= {"HF_ENDPOINT": remote.endpoint}
        if isinstance(token or get_token(), str):
            environment["HF_TOKEN"] = str(token or get_token())
        asked = json.dumps({"where": where, "revision": revision, "expected": expected})
        command = [sys.executable, "-m", "hub_release.loading"]
        done = subprocess.run(command, input=asked, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        return [f"the check of configurations ended with {done.returncode}: {' '.join(last)}"]
    faults: list[str] = json.loads(done.stdout.splitlines()[-1])
    return faults
