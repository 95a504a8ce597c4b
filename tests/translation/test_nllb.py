from pathlib import Path

import pytest
import torch

from aya.errors import UserError
from translation.checkpoint import Decoding
from translation.ctranslate2_engine import CTranslate2
from translation.engine import Engine
from translation.nllb import Transformers
from translation.tiny import TARGETS, pairs


@pytest.fixture(scope="module", params=["transformers", "ctranslate2"])
def engine(request: pytest.FixtureRequest, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    if request.param == "transformers":
        return Transformers(str(tiny_model), dtype="float32")
    return CTranslate2(str(tiny_model), device="cpu", threads=1, cache=tmp_path_factory.mktemp("converted"))


@pytest.mark.parametrize("code", TARGETS)
def test_a_trained_model_translates_what_it_learned(engine: Engine, code: str) -> None:
    known = pairs(code, num=60)
    found = engine.translate([english for english, _ in known], source="eng_Latn", target=code)
    right = sum(made.text == other for made, (_, other) in zip(found, known, strict=True))
    assert right >= 54
    assert all(made.finished for made in found[:5])


def test_a_translation_does_not_depend_on_its_neighbours(engine: Engine) -> None:
    texts = [english for english, _ in pairs("fra_Latn", num=40)]
    together = engine.translate(texts, source="eng_Latn", target="fra_Latn")
    alone = engine.translate(texts[:1], source="eng_Latn", target="fra_Latn")[0]
    assert together[0].text == alone.text
    assert together[0].logprob == pytest.approx(alone.logprob, abs=1e-2)


@pytest.mark.parametrize("name", ["transformers", "ctranslate2"])
def test_a_row_that_comes_to_no_end_is_cut_at_its_own_limit(name: str, random_model: Path, tmp_path: Path) -> None:
    texts = ["Да", "Изменить сообщение", "Введите правильный адрес электронной почты сейчас"]
    short, model = Decoding(ratio=2, extra=3), str(random_model)
    engine = (
        Transformers(model, dtype="float32", decoding=short)
        if name == "transformers"
        else CTranslate2(model, decoding=short, device="cpu", threads=1, cache=tmp_path)
    )
    made = engine.translate(texts, source="rus_Cyrl", target="yor_Latn")
    rows = engine.checkpoint.ids(texts, "rus_Cyrl")
    assert [one.num_tokens for one in made if not one.finished] == [
        2 * len(row) + 3 for row, one in zip(rows, made, strict=True) if not one.finished
    ]
    assert sum(not one.finished for one in made) >= 2


@pytest.mark.parametrize("name", ["transformers", "ctranslate2"])
def test_more_tokens_than_a_model_has_places_for_are_no_translation_and_no_error(
    name: str, random_model: Path, tmp_path: Path
) -> None:
    endless = Decoding(ratio=50)
    engine = (
        Transformers(str(random_model), dtype="float32", decoding=endless)
        if name == "transformers"
        else CTranslate2(str(random_model), decoding=endless, device="cpu", threads=1, cache=tmp_path)
    )
    made = engine.translate(["Да", "ы " * 300], source="rus_Cyrl", target="yor_Latn")
    assert 0 < made[0].num_tokens <= engine.checkpoint.positions
    assert made[1] == ("", None, 0, False)


def test_what_a_model_learned_is_more_probable_than_what_it_never_saw(engine: Engine) -> None:
    known = [english for english, _ in pairs("spa_Latn", num=20)]
    new = ["Why rivers bend so often", "Her shoes were red", "Nobody knows my uncle"]
    found = engine.translate([*known, *new], source="eng_Latn", target="spa_Latn")
    logprobs = [made.logprob or 0.0 for made in found]
    assert sum(logprobs[:20]) / 20 > max(logprobs[20:])


def test_a_language_that_the_model_lacks_is_refused_with_the_nearest(engine: Engine) -> None:
    with pytest.raises(UserError, match=r"no language 'tur_Latm'; did you mean 'tur_Latn'"):
        engine.check("tur_Latm")
    with pytest.raises(UserError, match="spa_Cyrl"):
        engine.translate(["Yes"], source="eng_Latn", target="spa_Cyrl")


def test_characters_that_the_model_would_lose_are_found(engine: Engine) -> None:
    text = "Snow ☃ falls ꙮ now"
    assert [text[start:end] for start, end in engine.unknown(text)] == ["☃", "ꙮ"]


def test_the_token_for_unknown_is_never_said(tiny_model: Path) -> None:
    engine = Transformers(str(tiny_model), dtype="float32")
    unknown = engine.checkpoint.tokenizer.unk_token_id

    def prefer(module: torch.nn.Module, given: object, logits: torch.Tensor) -> torch.Tensor:
        logits[..., unknown] = logits.max() + 1
        return logits

    engine.network.lm_head.register_forward_hook(prefer)
    known = dict(pairs("fra_Latn", num=20))
    made = engine.translate(list(known), source="eng_Latn", target="fra_Latn")
    assert [one.text for one in made].count("") == 0
    assert sum(one.text == other for one, other in zip(made, known.values(), strict=True)) >= 18


@pytest.mark.parametrize("beams", [1, 2])
def test_both_engines_say_the_same_of_a_text_and_of_its_probability(
    tiny_model: Path, tmp_path: Path, beams: int
) -> None:
    texts = [english for english, _ in pairs("fra_Latn", num=20)]
    wide = Decoding(beams=beams)
    one = Transformers(str(tiny_model), dtype="float32", decoding=wide)
    other = CTranslate2(str(tiny_model), device="cpu", threads=1, cache=tmp_path, quantization="float32", decoding=wide)
    made, again = (engine.translate(texts, source="eng_Latn", target="fra_Latn") for engine in (one, other))
    assert [found.text for found in made] == [found.text for found in again]
    assert [found.num_tokens for found in made] == [found.num_tokens for found in again]
    assert [found.logprob for found in made] == pytest.approx([found.logprob for found in again], abs=1e-3)


def test_nothing_to_translate_is_nothing(engine: Engine) -> None:
    assert engine.translate([], source="eng_Latn", target="spa_Latn") == []


def test_the_key_names_weights_and_decoding(tiny_model: Path) -> None:
    greedy, wide = (Transformers(str(tiny_model), decoding=Decoding(beams=beams)) for beams in (1, 2))
    assert greedy.key != wide.key
    assert greedy.key == Transformers(str(tiny_model)).key


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match=r"no model '\./nowhere'"):
        Transformers("./nowhere")


def test_a_converted_model_is_kept(tiny_model: Path, tmp_path: Path) -> None:
    for _ in range(2):
        CTranslate2(str(tiny_model), device="cpu", cache=tmp_path)
    (folder,) = tmp_path.iterdir()
    assert (folder / "model.bin").is_file()


@pytest.mark.parametrize("device", ["cuda:77", "owl"])
def test_a_device_that_is_not_there_is_said(device: str, tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"no device '{device}' here"):
        Transformers(str(tiny_model), device=device)
    with pytest.raises(UserError, match=f"on '{device}': "):
        CTranslate2(str(tiny_model), device=device, cache=tmp_path)


def test_a_folder_that_is_not_there_is_no_name_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no model '\./nllb': no such folder"):
        Transformers("./nllb")
