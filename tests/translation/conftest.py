from pathlib import Path

import pytest
import torch

from tests.tiny_nllb import trained

torch.set_num_threads(1)  # workers of a test run side by side would wait for each other's threads


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a mistaken name from asking the Hub five times."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


CODES = (
    "amh_Ethi", "arb_Arab", "fra_Latn", "heb_Hebr", "hin_Deva", "mya_Mymr",
    "rus_Cyrl", "tel_Telu", "tha_Thai", "yor_Latn", "zho_Hans", "zho_Hant",
)  # fmt: skip
"""Targets of the random model, in ten scripts."""


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of NLLB's make with random weights: it answers anything with anything, in twelve languages."""
    from transformers import M2M100ForConditionalGeneration

    from translation.tiny import config, pairs, save, tokenizer

    texts = [text for pair in pairs("rus_Cyrl", num=300) for text in pair]
    tokens = tokenizer([*texts, "[0] 90010 {}()<>/*-_.,:;!?#@$%&|\\`'\"=+"], vocabulary=1_000, codes=CODES)
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("random-nllb")
    save(M2M100ForConditionalGeneration(config(len(tokens), 16)), tokens, folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained on 60 texts of each of eight languages."""
    return trained(tmp_path_factory.getbasetemp().parent)
