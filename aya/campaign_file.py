"""A campaign's file: YAML in, a checked campaign out; all faults at once, each with its line."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aya.errors import RecipeError, nearest, unknown
from aya.stage import load
from aya.yaml_lines import Place, YamlError, parse

CAMPAIGN = "annotation.campaign:Campaign"

EXAMPLE = """\
# A campaign. `aya annotate check` names every fault in this file.
name: {name}
languages: [{languages}]
license: Apache-2.0            # that contributors agree to
citation: The contributors of {name}
server: {{url: "{url}", key_file: owner.json}}
tasks:
  original: {{slots: 100}}                        # write a prompt and its completion
  reannotation: {{overlap: 1, originals: 1.0}}    # rate and edit rows of a store, and what others wrote
  feedback: {{overlap: 1, share: 1.0}}            # judge another's edit
  postedit: {{overlap: 1, worst: translation_fault}}  # correct machine translations beside their source, worst first
topics: []                     # of original writing; the least covered comes first
wave: 50                       # items of a data set that are open at a time
review_groups: 3
daily: null                    # answers a day and person, such as 200
harmful: {{datasets: [], hours: 4}}
"""


def load_campaign(path: Path) -> Any:
    """Return the campaign that a file describes.

    Raises: RecipeError with every fault.
    """
    try:
        raw, lines = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        siblings = (item.name for item in path.parent.glob("*.yaml"))
        raise RecipeError([f"no campaign {path}{nearest(path.name, siblings)}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError([f"{path}: can not be read: {error}"]) from error
    except YamlError as error:
        raise RecipeError([f"{path}:{error.line}: {error}"]) from error
    try:
        return load(CAMPAIGN).model_validate(raw)
    except ValidationError as error:
        found = [(_place(item, raw), item) for item in error.errors()]
        places = {place for place, _ in found}
        faults = {(lines[place], _say(place, item)) for place, item in found if not _followed(place, places)}
        raise RecipeError(f"{path}:{line}: {fault}" for line, fault in sorted(faults)) from error


def _place(error: Mapping[str, Any], raw: object) -> Place:
    """Return where in the file a fault of pydantic is, whose own place also names the types that it tried."""
    found: list[Any] = []
    for part in error["loc"]:
        if (isinstance(raw, Mapping) and part in raw) or (isinstance(raw, list) and part in range(len(raw))):
            found.append(part)
            raw = raw[part]
        elif error["type"] == "missing" and part == error["loc"][-1]:
            found.append(part)
    return tuple(found)


def _followed(place: Place, places: Collection[Place]) -> bool:
    """Return whether there is a fault deeper in the same setting, which this one only follows from."""
    return bool(place) and any(other != place and other[: len(place)] == place for other in places)


def _say(place: Place, error: Mapping[str, Any]) -> str:
    """Return one fault of pydantic in our words."""
    name = ".".join(str(part) for part in place)
    if error["type"] == "extra_forbidden":
        return unknown("setting", str(error["loc"][-1]), _known(error["loc"]))
    if error["type"] == "missing":
        return f"setting '{name}' is missing"
    if error["type"] in ("model_type", "model_attributes_type"):
        return f"{name or 'a campaign'} is a mapping"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def _known(place: Place) -> list[str]:
    """Return the settings that stand beside the one at a place."""
    model = load(CAMPAIGN)
    for part in place[:-1]:
        kind = model.model_fields[part].annotation
        options = (kind, *getattr(kind, "__args__", ()))
        model = next(option for option in options if hasattr(option, "model_fields"))
    return list(model.model_fields)
