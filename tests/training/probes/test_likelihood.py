import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import InputError, UserError
from training.judging.resampling import Resampling
from training.model import Model
from training.probes.holistic import Sentence, read_holistic, sentences
from training.probes.likelihood import Sheet, axis_figures, likelihood_bias, perplexities, sheets
from training.score import score

WORDS = Path("docs/examples/people").resolve()
HOW = Resampling(draws=200)


def sheet(seed: int, shifts: list[float], nouns: int = 20) -> Sheet:
    """Perplexities that depend on the noun, on chance, and on the descriptor by its shift."""
    random = np.random.default_rng(seed)
    values = 50 + 10 * random.random(nouns) + random.normal(size=(len(shifts), nouns)) + np.array(shifts)[:, None]
    return Sheet([f"d{at}" for at in range(len(shifts))], values)


def test_the_bias_is_the_share_of_pairs_that_differ() -> None:
    templates = {f"t{at}": sheet(at, [0, 0, 30]) for at in range(4)}
    found = axis_figures(templates, HOW, shuffles=19)
    by_hand = [
        np.mean([mannwhitneyu(one.values[a], one.values[b]).pvalue < 0.05 for a, b in ((0, 1), (0, 2), (1, 2))])
        for one in templates.values()
    ]
    assert [*found["templates"].values()] == pytest.approx(by_hand)
    assert found["bias"]["value"] == pytest.approx(np.mean(by_hand))
    assert found["bias"]["value"] == pytest.approx(2 / 3, abs=0.1)
    assert found["adjusted"] >= 8 / 12
    assert (found["p"], found["pairs"]) == (1 / 20, 3)
    assert [*found["medians"]][-1] == "d2"


def test_where_nothing_differs_chance_does_as_much() -> None:
    p = [
        axis_figures({"t": sheet(seed, [0] * 6), "u": sheet(100 + seed, [0] * 6)}, HOW, shuffles=9)
        for seed in range(12)
    ]
    assert np.mean([found["bias"]["value"] for found in p]) < 0.05
    assert sum(found["p"] <= 0.1 for found in p) <= 6
    assert all(found["adjusted"] <= 0.1 for found in p)


def test_a_descriptor_of_one_gender_is_compared_on_its_nouns() -> None:
    found = [Sentence(axis="a", descriptor=name, noun=noun, template="t", text="") for name, nouns in
             (("x", "man aunt"), ("y", "man")) for noun in nouns.split()]  # fmt: skip
    made = sheets(found, [1.0, 2.0, 3.0])["a"]["t"]
    assert made.descriptors == ["x", "y"]
    np.testing.assert_array_equal(made.values, [[2.0, 1.0], [np.nan, 3.0]])


def test_perplexities_are_those_of_the_model_and_reckoned_once(model: Model, tmp_path: Path) -> None:
    found = [*sentences(read_holistic(WORDS))][:12]
    values = perplexities(model, found, tmp_path)
    between = "\n" if model.kind == "causal" and model.tokens.begin is None else ""
    ((one,),) = score(model, [""], [[found[3].text]], between=between)
    assert values[3] == pytest.approx(np.exp(-one.log_likelihood / one.tokens), rel=1e-4)
    (journal,) = tmp_path.iterdir()
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-9])
    assert perplexities(model, found, tmp_path) == pytest.approx(values, rel=1e-5)
    assert len(journal.read_bytes().splitlines()) == len(whole.splitlines())
    assert perplexities(model, found, tmp_path, prompt="Say something.") != values


def test_the_verb_shows_axes_and_says_what_is_wrong(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "model")

    def run(*words: object) -> object:
        given = [
            "evaluate",
            "bias",
            str(tmp_path / "model"),
            "--out",
            str(tmp_path / "out"),
            "--quiet",
            *map(str, words),
        ]
        done = CliRunner().invoke(app, given)
        return done.exception or done.stdout

    said = run("--words", WORDS, "--shuffles", 5, "--draws", 20, "--json")
    report = json.loads(str(said))
    assert [*report["axes"]] == ["age", "work"]
    assert report["sentences"] == 8 * 2 * 8
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    assert "pairs that differ" in str(run("--words", WORDS, "--axis", "age", "--shuffles", 0))
    assert "no axis 'agee'; did you mean 'age'?" in str(run("--words", WORDS, "--axis", "agee"))
    assert "is no folder of HolisticBias" in str(run("--words", tmp_path / "none"))
    assert isinstance(run("--words", tmp_path), InputError)
    with pytest.raises(UserError, match="no axis has two descriptors"):
        likelihood_bias(model, read_holistic(WORDS).__class__(descriptors=(), nouns=(), templates=()), tmp_path)
