from pathlib import Path

import pytest

from aya.errors import InputError
from aya.table import records
from collection.pruning import Pruning

HEAD = "template_id,reviewer,vote,comment\n"
VOTES = """good,ana,yes,
good,ben,yes,
bad,ana,no,one word only
bad,ben,no,
split,ana,yes,
split,ben,no,near copy
split,cem,NO,
once,ana,no,
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "reviews.csv"
    path.write_text(text, "utf-8")
    return path


def test_two_votes_decide_and_a_third_breaks_ties(tmp_path: Path) -> None:
    rows = records([{"id": name, "template_id": name} for name in ("good", "bad", "split", "once", "new", None)])
    stage = Pruning(reviews=write(tmp_path, HEAD + VOTES))
    down = "collection.pruning: template turned down"
    assert stage(rows)["drop"].to_pylist() == [None, down, down, None, None, None]
    assert stage(rows)["evidence"][1].as_py() == '{"template_id":"bad"}'


def test_templates_without_two_votes_go_if_asked(tmp_path: Path) -> None:
    rows = records([{"id": str(name), "template_id": name} for name in ("good", "once", "new", None)])
    stage = Pruning(reviews=write(tmp_path, HEAD + VOTES), unreviewed="drop")
    new = "collection.pruning: template not reviewed"
    assert stage(rows)["drop"].to_pylist() == [None, new, new, None]


def test_a_later_vote_replaces_the_earlier_one_of_the_same_reviewer(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "t,ana,yes,\nt,ben,no,\nt,ben,yes,changed my mind\n")
    assert Pruning(reviews=path)(records([{"id": "1", "template_id": "t"}]))["drop"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "t,ana,yes,\nt,ben,no,\nu,ana,no,\nu,ben,yes,\n", "votes are even, .* on template 't', 'u'"),
        (HEAD + "t,ana,maybe,\n", "line 2: needs a template, a reviewer, and yes or no"),
        (HEAD + ",ana,no,\n", "line 2: needs"),
        ("template,vote\nt,no\n", "no column 'template_id'"),
    ],
)
def test_a_bad_table_is_said(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        Pruning(reviews=write(tmp_path, text))(records([{"id": "1", "template_id": "t"}]))
