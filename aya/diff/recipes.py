"""What differs between two recipes, setting by setting."""

from collections import Counter
from typing import Any

import yaml

ABSENT = None


def changes(before: str, after: str) -> list[dict[str, Any]]:
    """Return every setting that differs between two recipes (YAML), as `place`, `before` and `after`.

    Sources are known by their name and stages by their plug-in, so one that only moved has no changed settings;
    a changed order of stages is a change of its own.
    """
    old, new = (yaml.safe_load(text) or {} for text in (before, after))
    flat = [dict(_flat(recipe, "")) for recipe in (old, new)]
    found = [
        {"place": place, "before": flat[0].get(place, ABSENT), "after": flat[1].get(place, ABSENT)}
        for place in dict.fromkeys([*flat[0], *flat[1]])
        if flat[0].get(place, ABSENT) != flat[1].get(place, ABSENT)
    ]
    orders = [[stage.get("use") for stage in recipe.get("stages") or ()] for recipe in (old, new)]
    if orders[0] != orders[1] and Counter(orders[0]) == Counter(orders[1]):
        found.append({"place": "order of stages", "before": ", ".join(orders[0]), "after": ", ".join(orders[1])})
    return found


def _flat(value: Any, place: str) -> list[tuple[str, str]]:
    """Return all settings as (place, text)."""
    if isinstance(value, dict) and value:
        pairs = [(f"{place}.{name}" if place else str(name), item) for name, item in value.items()]
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        seen: Counter[str] = Counter()
        pairs = []
        for item in value:
            name = str(item.get("name") or item.get("use") or "")
            seen[name] += 1
            pairs.append((f"{place}[{name}{f' {seen[name]}' if seen[name] > 1 else ''}]", item))
    else:
        return [
            (
                place,
                value
                if isinstance(value, str)
                else yaml.safe_dump(value, default_flow_style=True, width=1_000).removesuffix("\n...\n").strip(),
            )
        ]
    return [setting for inner, item in pairs for setting in _flat(item, inner)]
