"""What a release would send: files, bytes and rows, what changed, the version, and the checks; nothing is sent."""

from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from aya.stage import Tell, silent
from hub_release.bump import Bump, bump
from hub_release.checks import Check, check
from hub_release.configs import configs
from hub_release.diff import Difference
from hub_release.release import MANIFEST, Release
from hub_release.remote import Remote


class Plan(BaseModel):
    """What would be sent, and whether it may be."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    version: str
    rows: int
    by_language: dict[str, int]
    by_source: dict[str, int]
    by_license: dict[str, int]
    by_origin: dict[str, int]
    configs: int
    files: int
    bytes: int
    against: str | None
    """The tag on the Hub that the files are compared with; None if there is none."""
    files_to_send: int
    bytes_to_send: int
    """Of files whose contents the Hub has not; it may still find pieces of them in what it has."""
    files_to_delete: int
    difference: Difference | None
    """From the release before."""
    bump: Bump | None
    checks: list[Check]

    @property
    def passed(self) -> bool:
        """Return whether every check passes."""
        return all(of.passed for of in self.checks)


def plan(
    folder: Path,
    *,
    remote: Remote | None = None,
    version: Path | None = None,
    tell: Tell = silent,
) -> Plan:
    """Return what sending a prepared release would do; `remote` is asked for the files it has, nothing else."""
    release = Release(folder)
    listed = {file["path"]: file for file in [*release.manifest["files"], *release.manifest["documents"]]}
    tag, there = (None, {}) if remote is None else _there(remote)
    known = set(there.values())
    new = [file for file in listed.values() if file["sha256"] not in known]
    manifest_bytes = (folder / MANIFEST).stat().st_size
    path = folder / f"meta/diff/v{release.version}.json"
    difference = Difference.model_validate_json(path.read_bytes()) if path.is_file() else None
    return Plan(
        folder=folder,
        version=release.version,
        rows=release.manifest["num_rows"],
        by_language=_counted(release, "place"),
        by_source=_counted(release, "source"),
        by_license=_licences(release),
        by_origin=_counted(release, "origin"),
        configs=len(configs(release.files)),
        files=len(listed) + 1,
        bytes=sum(file["bytes"] for file in listed.values()) + manifest_bytes,
        against=tag,
        files_to_send=len(new) + 1,
        bytes_to_send=sum(file["bytes"] for file in new) + manifest_bytes,
        files_to_delete=len(there.keys() - listed.keys() - {MANIFEST, ".gitattributes"}),
        difference=difference,
        bump=None if difference is None else bump(difference),
        checks=check(folder, version=version, tell=tell),
    )


def last_tag(remote: Remote) -> str | None:
    """Return the highest version on the Hub, `v1.2.0`; None before the first."""
    tags = [(tuple(map(int, tag[1:].split("."))), tag) for tag in remote.tags() if _is_version(tag)]
    return max(tags)[1] if tags else None


def _is_version(tag: str) -> bool:
    parts = tag.removeprefix("v").split(".")
    return tag.startswith("v") and len(parts) == 3 and all(part.isdecimal() for part in parts)


def _there(remote: Remote) -> tuple[str | None, dict[str, str]]:
    """Return the last tag on the Hub and its files with their checksums, as its manifest has them."""
    tag = last_tag(remote) if remote.exists() else None
    manifest: dict[str, Any] | None = None if tag is None else remote.manifest(tag)
    if tag is None or manifest is None:
        return None, {}
    return tag, {file["path"]: file["sha256"] for file in [*manifest["files"], *manifest["documents"]]}


def _counted(release: Release, name: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for file in release.files:
        counts[getattr(file.group, name)] += file.rows
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _licences(release: Release) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for file in release.files:
        counts.update(file.licenses)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
