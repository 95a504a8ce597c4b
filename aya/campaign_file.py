"""A campaign's file: YAML in, a checked campaign out; all faults at once, each with its line."""

from pathlib import Path
from typing import Any

from aya.stage import load
from aya.yaml_files import read_model

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
    return read_model(path, load(CAMPAIGN), "campaign")
