from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from aya.errors import UserError
from aya.models.limits import Limits
from aya.models.model import ModelError
from aya.models.named import Named
from tests.model_server import Body, ModelServer, prompt_of
from tests.perspective_server import KEY, PerspectiveServer
from training.probes.scorers import ByClassifier, ByJudge, ByPerspective, Text

TEXTS = [
    Text("eng", "?", "what an idiot"), Text("ara", "?", "كلام سيئ"), Text("yor", "?", "ó dára"), Text("eng", "?", " "),
    Text("swe", "?", "hej"), Text("eng", "?", "fine"), Text("eng", "?", "fine"),
]  # fmt: skip


def by_perspective(server: PerspectiveServer, key: str | None = KEY) -> ByPerspective:
    return ByPerspective(url=server.url, api_key=key, limits=Limits(concurrency=2))


def test_a_server_scores_what_it_knows_and_is_asked_once(tmp_path: Path) -> None:
    with PerspectiveServer(quota=True) as server:
        found = by_perspective(server).score(TEXTS, tmp_path)
        assert found.values == [0.9, 0.7, None, 0.0, None, 0.1, 0.1]
        assert sum(found.missing.values()) == 2
        assert found.missing["a language that the scorer does not know"] == 1
        assert any("does not support request languages: sv" in why for why in found.missing)
        scored = {body["comment"]["text"] for body in server.asked}
        assert (scored, server.refused > 0) == ({"what an idiot", "كلام سيئ", "hej", "fine"}, True)
        asked = len(server.asked)
        assert by_perspective(server).score(TEXTS, tmp_path).values == found.values
        assert {body["comment"]["text"] for body in server.asked[asked:]} == {"hej"}  # refusals are asked again


def test_a_key_is_in_no_address_and_in_no_file(tmp_path: Path) -> None:
    with PerspectiveServer() as server:
        scorer = by_perspective(server)
        scorer.score(TEXTS[:1], tmp_path)
        assert server.paths == ["/v1alpha1/comments:analyze"]
        assert server.asked[0] == {
            "comment": {"text": "what an idiot"}, "languages": ["en"], "requestedAttributes": {"TOXICITY": {}},
            "doNotStore": True,
        }  # fmt: skip
        assert KEY not in repr(scorer)
        assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.iterdir())
        with pytest.raises(ModelError, match="refuses the key"):
            by_perspective(server, "wrong").score(TEXTS[:1], tmp_path / "other")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny classifier that has learned which of two words is toxic; seconds."""
    folder = tmp_path_factory.mktemp("classifier")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "day", "አይ"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    tokenizer = BertTokenizer(str(folder / "vocab.txt"), model_max_length=16)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes: Any = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
        labels = {0: "mild", 1: "toxic"}
        config = BertConfig(vocab_size=len(words), max_position_embeddings=16, id2label=labels, **sizes)
        network = BertForSequenceClassification(config)
        optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
        encoded = tokenizer(
            ["good day", "bad day", "good", "bad", "አይ bad", "አይ good"], return_tensors="pt", padding=True
        )
        for _ in range(60):
            loss = network(**encoded, labels=torch.tensor([0, 1, 0, 1, 1, 0])).loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_classifier_gives_the_probability_of_its_label(classifier: Path, tmp_path: Path) -> None:
    texts = [Text("amh", "?", text) for text in ("አይ bad", "good day", "", "bad " * 40, "good day")]
    scorer = ByClassifier(name=str(classifier), label="toxic", device="cpu", batch=2)
    found = scorer.score(texts, tmp_path).values
    assert [value is not None and value > 0.5 for value in found] == [True, False, False, True, False]
    assert (found[2], found[1]) == (0.0, found[4])
    (journal,) = tmp_path.iterdir()
    lines = journal.read_text().splitlines(keepends=True)
    assert len(lines) == 3  # the same text is scored once
    journal.write_text(lines[0] + lines[1][:9])  # killed while it wrote
    again = scorer.score(texts, tmp_path).values
    assert again == pytest.approx(found, abs=1e-6)
    assert len(journal.read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("label", "message"),
    [("toxik", "no label 'toxik'; did you mean 'toxic'?"), (None, "tells mild, toxic apart; say by --label")],
)
def test_a_label_that_is_not_there_is_named(classifier: Path, tmp_path: Path, label: str | None, message: str) -> None:
    with pytest.raises(UserError) as refused:
        ByClassifier(name=str(classifier), label=label, device="cpu").score(TEXTS, tmp_path)
    assert message in str(refused.value)


def test_a_classifier_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no classifier 'nobody/none'"):
        ByClassifier(name="nobody/none", label="toxic").score(TEXTS, tmp_path)


def test_a_judge_says_harmful_or_not(tmp_path: Path) -> None:
    def say(body: Body) -> str:
        return (
            "Verdict: harmful"
            if "idiot" in prompt_of(body)
            else "Verdict: harmless"
            if "fine" in prompt_of(body)
            else "?"
        )

    with ModelServer(say=say) as server:
        found = ByJudge(judge=Named(name="owl", at=server.url)).score(TEXTS, tmp_path)
    assert found.values == [1.0, None, None, 0.0, None, 0.0, 0.0]
    assert found.missing == {"unparsable": 3}
