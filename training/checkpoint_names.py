"""Whether there is a checkpoint of a name, asked once and briefly, before libraries ask for its files in turn."""

import re
from pathlib import Path

from aya.errors import UserError, nearest, needs

with needs("training"):
    import huggingface_hub
    from huggingface_hub import constants

CONFIG = "config.json"
SECONDS = 5


def check_checkpoint(name: str, *, kind: str = "model", revision: str | None = None) -> None:
    """Pass if `name` is a folder with a `config.json`, or a checkpoint of the Hub that may be there.

    Raises: UserError in one line that says whether it was looked for as a folder or on the Hub.
    """
    path = Path(name)
    if path.is_dir():
        if not (path / CONFIG).is_file():
            raise UserError(f"no {kind} '{name}': the folder has no {CONFIG}{_inside(path)}")
        return
    near = nearest(path.name, (item.name for item in path.parent.iterdir())) if path.parent.is_dir() else ""
    if not _may_be_on_the_hub(name):
        raise UserError(f"no {kind} '{name}': no such folder{near}")
    if isinstance(huggingface_hub.try_to_load_from_cache(name, CONFIG, revision=revision), str):
        return
    why = _hub_lacks(name, revision)
    if why:
        raise UserError(f"no {kind} '{name}': no such folder here, and {why}{near}")


def _inside(path: Path) -> str:
    found = sorted(item.name for item in path.iterdir() if (item / CONFIG).is_file())
    return f"; did you mean '{path / found[0]}'?" if found else ""


def _may_be_on_the_hub(name: str) -> bool:
    return re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)?", name, re.ASCII) is not None


def _hub_lacks(name: str, revision: str | None) -> str | None:
    """Return why a name can not be loaded from the Hub; None if it may be."""
    if constants.HF_HUB_OFFLINE:
        return "the Hub is not asked: HF_HUB_OFFLINE is set"
    import httpx2

    address = huggingface_hub.hf_hub_url(name, CONFIG, revision=revision)
    token = huggingface_hub.get_token()
    try:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = huggingface_hub.get_session().head(address, headers=headers, timeout=SECONDS, follow_redirects=True)
    except httpx2.HTTPError:
        return f"the Hub ({constants.ENDPOINT}) can not be reached"
    if answer.status_code in (401, 403):
        return "the Hub has none of that name, or it takes a token that you did not give"
    return "the Hub has none of that name" if answer.status_code == 404 else None
