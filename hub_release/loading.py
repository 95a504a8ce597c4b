"""The process that loads every configuration of a release, as its users do; started with caches that are empty."""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping

from aya.errors import needs

with needs("hub"):
    import datasets


def faults(where: str, revision: str | None, expected: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield a line for each configuration that does not load, or has other counts of rows than expected."""
    for config, rows in expected.items():
        with tempfile.TemporaryDirectory() as cache:  # what a configuration writes goes before the next one comes
            try:
                loaded = datasets.load_dataset(where, config, revision=revision, cache_dir=cache)
            except Exception as error:  # whatever a user would see is a fault of the release
                yield f"configuration {config} does not load: {type(error).__name__}: {error}"
                continue
            found = {name: split.num_rows for name, split in loaded.items()}
            del loaded
        if found != dict(rows):
            yield f"configuration {config} has rows {found}, not {dict(rows)}"


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    datasets.disable_progress_bars()
    sys.stdout.write("\n" + json.dumps(list(faults(asked["where"], asked["revision"], asked["expected"]))) + "\n")
