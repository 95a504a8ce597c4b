"""The tables of a campaign: what was asked, what was answered, who took part.

The campaign's own book holds them; Argilla is a working surface that is filled from it and read back into it.
Annotators appear under pseudonyms only.
"""

from typing import Final

import pyarrow as pa

TASKS: Final = ("original", "reannotation", "feedback", "postedit")
"""Write a pair; rate and edit a pair; judge another's edit; correct a machine translation
(Singh et al. 2024, arXiv 2402.06619, section 2; the last one as in Dolly's human-edited translations)."""

JUDGEMENTS: Final = ("comparison", "harm")
"""Say which of two answers is better; say of what kind an answer is. What may be chosen is in `aya.judgement`."""

THUMBS: Final = ("up", "down")

ITEMS: Final = pa.schema(
    [
        ("id", pa.string()),  # 128-bit hex; Argilla's external id
        ("task", pa.string()),  # one of TASKS or JUDGEMENTS
        ("language", pa.string()),  # ISO 639-3
        ("script", pa.string()),  # ISO 15924
        ("prompt", pa.string()),  # as shown; empty in a blank slot
        ("completion", pa.string()),
        (
            "prompt_before",
            pa.string(),
        ),  # feedback: before the edit that is judged; postedit: the text in the source language
        ("completion_before", pa.string()),  # comparison: the first answer; the second is `completion`
        ("source", pa.string()),  # of the recipe, or `campaign`
        ("dataset_name", pa.string()),
        ("origin", pa.string()),  # human, template, translation, synthetic; of the text that is shown
        ("license", pa.string()),
        ("record_id", pa.string()),  # the row of the collection that it came from; null for a slot
        ("parent", pa.string()),  # the response that it shows (feedback, another's original); null otherwise
        ("author", pa.string()),  # pseudonym of who wrote what is shown: never asked to judge it
        ("topic", pa.string()),
        ("priority", pa.float64()),  # larger is served first
        ("gold", pa.string()),  # JSON: question -> the right answer; null for ordinary items
        ("harmful", pa.bool_()),  # counts against the daily hours of harmful content
    ]
)

RESPONSES: Final = pa.schema(
    [
        ("id", pa.string()),  # Argilla's response id
        ("item", pa.string()),
        ("annotator", pa.string()),  # pseudonym: 64 hex digits
        ("status", pa.string()),  # submitted, discarded, draft
        ("values", pa.string()),  # JSON: question -> answer, of the questions below
        ("inserted_at", pa.timestamp("us", "UTC")),
        ("updated_at", pa.timestamp("us", "UTC")),
    ]
)

QUESTIONS: Final = {
    "original": ("prompt", "completion"),
    "reannotation": ("approved", "prompt", "completion"),  # approved is one of THUMBS
    "feedback": ("prompt_rating", "completion_rating", "prompt", "completion", "reason"),  # ratings are 1 to 5
    "postedit": ("prompt", "completion", "reason"),
}
"""The questions of each task. A text that was not touched comes back as it was shown; `reason` may be missing."""

JUDGED: Final = {task: (task, "reason") for task in JUDGEMENTS}
"""The questions of judgements: one choice, and why, which may be missing."""

PEOPLE: Final = pa.schema(
    [
        ("annotator", pa.string()),
        ("languages", pa.list_(pa.string())),  # ISO 639-3, as signed up
        ("joined_at", pa.timestamp("us", "UTC")),
        ("age_range", pa.string()),  # demographics: null unless the person opted in; coarse, such as 25-34
        ("gender", pa.string()),
        ("country", pa.string()),  # ISO 3166-1 alpha-2
        ("dialects", pa.list_(pa.string())),
        ("withdrawn", pa.bool_()),
    ]
)
