"""Data inside a page: JSON that no HTML parser can take for anything else."""

import json


def embedded(data: object) -> str:
    """Return JSON that no HTML parser can take for a tag, a comment or an entity."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
