import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.judging.simulated import pair, verdicts
from training.judging.grouping import ALL
from training.judging.opening import Unit, raters_labels, read_verdicts, scored, votes, with_judge
from training.judging.packs import Key, Manifest, Sealed, opened, seal
from training.judging.people import Choice, majority
from training.judging.resampling import Resampling

HOW = Resampling(draws=200)
MANIFEST = Manifest(title="t", seal="s", items={}, files={})


def key_of(*shown: tuple[str, str], alike: int = 0) -> Key:
    items = {f"i{at}": Sealed(id=f"p{at}", language="ara", systems=two) for at, two in enumerate(shown)}
    same = tuple(Sealed(id=f"s{at}", language="ara", systems=("new", "old")) for at in range(alike))
    return Key(secret="0" * 64, systems=("new", "old"), files={}, items=items, alike=same)


def test_choices_count_for_the_system_that_stood_there() -> None:
    key = key_of(("new", "old"), ("old", "new"), ("old", "new"), alike=1)
    found = votes(key, [Choice("i0", "a", "first"), Choice("i1", "a", "first"), Choice("i2", "a", "both_bad")])
    figures = scored(MANIFEST, key, found, HOW)["pairs"][0]["languages"]["ara"]
    assert [figures[name] for name in ("win", "loss", "tie", "both_bad", "both_good")] == [1, 1, 2, 1, 0]
    assert figures["rate"]["value"] == 0.5


def test_contaminated_prompts_are_counted_with_and_without() -> None:
    key = key_of(("new", "old"), ("new", "old"), ("new", "old"), alike=2)
    leaked = {"i0": key.items["i0"].model_copy(update={"contaminated": True})}
    same = (key.alike[0].model_copy(update={"contaminated": True}), key.alike[1])
    found = [Choice("i0", "a", "first"), Choice("i1", "a", "second"), Choice("i2", "a", "second")]
    assert scored(MANIFEST, key, votes(key, found), HOW)["pairs"][0]["clean"] == {}
    knowing = key.model_copy(update={"items": key.items | leaked, "alike": same})
    (two,) = scored(MANIFEST, knowing, votes(knowing, found), HOW)["pairs"]
    assert two["languages"][ALL]["rate"]["value"] == pytest.approx((1 + 2 * 0.5) / 5)
    assert two["clean"]["clean"]["rate"]["value"] == pytest.approx(0.5 / 3)
    assert two["clean"]["clean"]["prompts"] == 3


def test_a_key_knows_which_prompts_are_contaminated(tmp_path: Path) -> None:
    clean = pair("p0")
    one, other = pair("p1").answered
    leaked = replace(pair("p1"), answered=(replace(one, contaminated=True), other))
    seal([clean, leaked], tmp_path / "pack", tmp_path / "k.key", title="", secret="7" * 64)
    _, key = opened(tmp_path / "pack", tmp_path / "k.key")
    assert {one.id: one.contaminated for one in key.items.values()} == {"p0": False, "p1": True}
    assert not any("contaminated" in path.read_text() for path in (tmp_path / "pack").glob("*.json*"))


def test_a_prompts_score_is_the_mean_of_its_votes_and_nonsense_has_none() -> None:
    key = key_of(("new", "old"), ("new", "old"))
    chosen = [("i0", "a", "first"), ("i0", "b", "first"), ("i0", "c", "second"), ("i1", "a", "incomprehensible")]
    found = votes(key, [Choice(*one) for one in chosen])
    figures = scored(MANIFEST, key, found, HOW)["pairs"][0]["languages"][ALL]
    assert figures["rate"]["value"] == pytest.approx(2 / 3)
    assert (figures["prompts"], figures["counted"], figures["missing"]) == (2, 1, {"incomprehensible": 1})


def test_who_changed_their_mind_counts_by_the_last_choice() -> None:
    (vote,) = votes(key_of(("new", "old")), [Choice("i0", "a", "first"), Choice("i0", "a", "second")])
    assert vote.outcome == "loss"


def test_a_panel_of_known_taste_is_found_again_though_it_likes_what_stands_first(tmp_path: Path) -> None:
    """Of 400 prompts, with a taste of .9 for `new` and .7 for what is shown first."""
    asked = [pair(f"p{at}") for at in range(400)]
    seal(asked, tmp_path / "pack", tmp_path / "k.key", title="", secret="7" * 64)
    manifest, key = opened(tmp_path / "pack", tmp_path / "k.key")
    difference = np.array([0.9 if item.systems[0] == "new" else -0.9 for item in key.items.values()])
    said = verdicts(np.random.default_rng(3), difference, order=0.7)
    names = ("first", "both_good", "second")
    chosen = [Choice(item, "a", names[verdict]) for item, verdict in zip(key.items, said.tolist(), strict=True)]
    report = scored(manifest, key, votes(key, chosen), HOW)
    found = report["strengths"][ALL]
    new = found["systems"]["new"]
    assert new["low"] < 0.45 < new["high"]
    assert found["order"]["low"] < 0.7 < found["order"]["high"]


def test_labels_for_agreement_are_of_systems_not_of_sides() -> None:
    key = key_of(("new", "old"), ("old", "new"))
    found = votes(key, [Choice("i0", "a", "first"), Choice("i0", "b", "second"), Choice("i1", "a", "second")])
    assert [(unit.id, who, word) for unit, who, word in raters_labels(found)] == [
        ("p0", "a", "win"), ("p0", "b", "loss"), ("p1", "a", "win"),
    ]  # fmt: skip
    judged = {Unit("p0", "ara", ("new", "old")): "win", Unit("p9", "ara", ("new", "old")): "win"}
    assert [(who, word) for _, who, word in with_judge(found, judged)] == [("people", "tie"), ("judge", "win")]


def test_a_judges_outcomes_are_turned_to_the_order_of_the_alphabet(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    cases = [("win", ["old", "new"]), ("inconsistent", ["new", "old"]), ("loss", ["new", "old"]), (None, ["a", "b"])]
    lines = [
        json.dumps({"id": f"p{at}", "language": "ara", "systems": two, "outcome": outcome})
        for at, (outcome, two) in enumerate(cases)
    ]
    path.write_text("\n".join(lines))
    assert {unit.id: word for unit, word in read_verdicts(path).items()} == {"p0": "loss", "p1": "tie", "p2": "loss"}


def test_an_even_split_has_no_majority() -> None:
    chosen = [("x", "a", "harmful"), ("x", "b", "refusal"), ("y", "a", "harmful"), ("y", "b", "harmful")]
    assert majority([Choice(*one) for one in chosen]) == {"y": "harmful"}
