"""Load a released version, that one and no other: by its tag, from the Hub or from what was fetched before."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aya.errors import UserError, needs, unknown
from aya.stage import Tell, silent
from hub_release.digests import differs
from hub_release.patience import in_words, may_pass
from hub_release.remote import MANIFEST, Remote
from hub_release.verify import CARD, configurations

with needs("hub"):
    from huggingface_hub import HfApi, constants, errors, hf_hub_download, snapshot_download

if TYPE_CHECKING:
    import datasets

_COMMIT_LETTERS = 40
_BESIDE = ("README.md", "LICENSES.md", "ATTRIBUTION.md", "CITATION.cff", MANIFEST)
"""What goes with the rows of a release wherever they go, as far as it is there."""


def load(
    repo: str, tag: str, config: str | None = None, *, streaming: bool = False, columns: Sequence[str] | None = None
) -> "datasets.DatasetDict | datasets.IterableDatasetDict":
    """Return a configuration of a release (the default one, unless named) as `datasets` has it.

    Rows are always those of the tag: they are read from its own files, not from a cache by name. Without a network
    this works if that very release was loaded before. `streaming` reads the files of this configuration only.

    Raises: UserError if there is no such tag or configuration, or neither a Hub nor a cache to have it from.
    """
    import datasets

    with in_words(repo, constants.ENDPOINT):
        sha = _commit_of(repo, tag)
        manifest, parts = _parts(repo, sha, config, tag)
        if streaming:
            urls = {split: [f"hf://datasets/{repo}@{sha}/{path}" for path in paths] for split, paths in parts.items()}
            return datasets.load_dataset(
                "parquet", data_files=urls, streaming=True, columns=list(columns) if columns else None
            )
        folder = _fetched(repo, sha, manifest, parts)
    files = {split: [str(folder / path) for path in paths] for split, paths in parts.items()}
    return datasets.load_dataset("parquet", data_files=files, columns=list(columns) if columns else None)


def fetch(remote: Remote, tag: str, out: Path, config: str | None = None, tell: Tell = silent) -> list[str]:
    """Write the files of a configuration of a release to a folder, checked, with licences and manifest beside them.

    `config=None` fetches all. Returns the paths below the folder.
    """
    sha = commit_of(remote, tag)
    listed = remote.files(sha)
    manifest = remote.manifest(sha)
    if manifest is None:
        raise UserError(f"{remote.repo}@{tag} is no release: it has no {MANIFEST}")
    if config is None:
        wanted = [path for path in listed if path != ".gitattributes"]
    else:
        parts = _of_config(remote.read(CARD, sha).decode(), manifest, config, f"{remote.repo}@{tag}")
        wanted = [path for paths in parts.values() for path in paths]
        wanted += [path for path in _BESIDE if path in listed]
    remote.fetch(wanted, sha, out, tell)
    sums = {file["path"]: file for file in manifest["files"]}
    for path in wanted:
        if path in sums and differs(out / path, sums[path]["bytes"], sums[path]["sha256"]):
            raise UserError(f"{path} of {remote.repo}@{tag} is not the file that its manifest names")
    return sorted(wanted)


def commit_of(remote: Remote, tag: str) -> str:
    """Return the commit of a tag, or of a commit's full name; a branch moves, so it is no version."""
    if _is_commit(tag):
        return remote.head(tag)
    tags = remote.tags()
    if tag not in tags:
        raise UserError(f"{unknown('release', tag, tags)} in {remote.repo}; it has {', '.join(sorted(tags)) or 'none'}")
    return tags[tag]


def _is_commit(name: str) -> bool:
    return len(name) == _COMMIT_LETTERS and set(name) <= set("0123456789abcdef")


def _commit_of(repo: str, tag: str) -> str:
    """Ask the Hub for the commit of a tag; where it can not be reached, the cache, which keeps it by the tag's name."""
    if _is_commit(tag):
        return tag
    noted = _cached(repo) / "refs" / tag
    try:
        if constants.HF_HUB_OFFLINE:
            raise errors.OfflineModeIsEnabled("HF_HUB_OFFLINE is set")
        refs = HfApi().list_repo_refs(repo, repo_type="dataset")
    except Exception as error:
        if not may_pass(error):
            raise
        if not noted.is_file():
            raise UserError(f"{repo}@{tag} was not loaded before, and the Hub can not be reached") from error
        return noted.read_text(encoding="utf-8").strip()
    tags = {one.name: one.target_commit for one in refs.tags}
    if tag not in tags:
        raise UserError(f"{unknown('release', tag, tags)} in {repo}; it has {', '.join(sorted(tags)) or 'none'}")
    noted.parent.mkdir(parents=True, exist_ok=True)
    noted.write_text(tags[tag], encoding="utf-8")
    return tags[tag]


def _cached(repo: str) -> Path:
    return Path(constants.HF_HUB_CACHE) / f"datasets--{repo.replace('/', '--')}"


def _parts(repo: str, sha: str, config: str | None, tag: str) -> tuple[dict[str, Any], dict[str, list[str]]]:
    get = partial(hf_hub_download, repo, repo_type="dataset", revision=sha)
    try:
        manifest: dict[str, Any] = json.loads(Path(get(filename=MANIFEST)).read_text(encoding="utf-8"))
        card = Path(get(filename=CARD)).read_text(encoding="utf-8")
    except errors.LocalEntryNotFoundError as error:
        raise UserError(f"{repo}@{tag} was not loaded before, and the Hub can not be reached") from error
    return manifest, _of_config(card, manifest, config, f"{repo}@{tag}")


def _of_config(card: str, manifest: dict[str, Any], config: str | None, where: str) -> dict[str, list[str]]:
    """Return the files of a configuration by split, as the manifest lists them."""
    from fnmatch import fnmatchcase

    known = configurations(card)
    name = config or next(iter(known), "")
    if name not in known:
        raise UserError(f"{unknown('configuration', name, known)} in {where}")
    paths = [file["path"] for file in manifest["files"]]
    return {
        split: [path for path in paths if any(fnmatchcase(path, glob) for glob in globs)]
        for split, globs in known[name].items()
    }


def _fetched(repo: str, sha: str, manifest: dict[str, Any], parts: dict[str, list[str]]) -> Path:
    """Return the folder of the cache that holds these files of a commit, all of them and whole."""
    paths = [path for found in parts.values() for path in found]
    folder = _cached(repo) / "snapshots" / sha
    sizes = {file["path"]: file["bytes"] for file in manifest["files"]}
    lacking = [path for path in paths if not (folder / path).is_file() or (folder / path).stat().st_size != sizes[path]]
    if lacking:
        if constants.HF_HUB_OFFLINE:
            raise UserError(f"{lacking[0]} of {repo} at {sha[:10]} was not loaded before, and HF_HUB_OFFLINE is set")
        snapshot_download(repo, repo_type="dataset", revision=sha, allow_patterns=lacking)
    if absent := [path for path in paths if not (folder / path).is_file()]:
        raise UserError(f"{absent[0]} of {repo} at {sha[:10]} was not loaded before, and the Hub can not be reached")
    return folder
