"""The release before: on disk, or fetched from the Hub so that its files can be kept byte for byte."""

import shutil
from pathlib import Path

from hub_release.plan import last_tag
from hub_release.release import MANIFEST, Release, newest, number
from hub_release.remote import Remote


def previous(home: Path, remote: Remote | None = None) -> Path | None:
    """Return the newest release in a folder of releases; one on the Hub that is newer is fetched there first."""
    on_disk = newest(home)
    tag = last_tag(remote) if remote is not None and remote.exists() else None
    if remote is None or tag is None or (on_disk and number(Release(on_disk).version) >= number(tag)):
        return on_disk
    return fetched(home, remote, tag)


def fetched(home: Path, remote: Remote, tag: str) -> Path:
    """Return a release of the Hub in a folder of releases; what was fetched before is not fetched again."""
    target = home / tag.removeprefix("v")
    if not (target / MANIFEST).is_file():
        draft = home / f".{tag}.tmp"
        draft.mkdir(parents=True, exist_ok=True)
        remote.fetch([path for path in remote.files(tag) if path != ".gitattributes"], tag, draft)
        shutil.rmtree(draft / ".cache", ignore_errors=True)
        draft.rename(target)
    return target
