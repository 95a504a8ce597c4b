"""A tiny model of NLLB's shape, trained here: for trying recipes and for tests, never for data.

    python -m translation.tiny --out tiny-nllb

It learns the messages of Django's catalogues and CLDR's names of countries, languages, months and days by heart in
eight languages and knows nothing else. It is saved as an ordinary checkpoint with FLORES-200 codes, so
that what reads it is the same code that reads `facebook/nllb-200-3.3B`.
"""

import argparse
import gettext
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from babel import Locale

from aya.errors import needs

with needs("translation"):
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from torch.nn.functional import cross_entropy
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer
    from transformers.utils import logging

TARGETS: Final = MappingProxyType(
    {
        "spa_Latn": ("es", "es"),
        "fra_Latn": ("fr", "fr"),
        "swh_Latn": ("sw", "sw"),
        "tur_Latn": ("tr", "tr"),
        "rus_Cyrl": ("ru", "ru"),
        "arb_Arab": ("ar", "ar"),
        "hin_Deva": ("hi", "hi"),
        "zho_Hans": ("zh_Hans", "zh_Hans"),
    }
)
"""FLORES-200 code -> Django's and CLDR's locale."""

SOURCE: Final = "eng_Latn"
PAD, END = 1, 2


def pairs(code: str, *, num: int | None = None, longest: int = 60) -> list[tuple[str, str]]:
    """Return English texts with their translations, the first `num` in a fixed order."""
    django, cldr = TARGETS[code]
    found = dict([*_messages(django, longest), *_names(cldr)])
    ordered = sorted(found.items())
    random.Random(0).shuffle(ordered)
    return ordered[:num]


def _messages(locale: str, longest: int) -> Iterator[tuple[str, str]]:
    """Yield the messages of Django's catalogues (BSD-3-Clause) that have one form."""
    spec = find_spec("django")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        for path in sorted(Path(folder).glob(f"**/locale/{locale}/LC_MESSAGES/*.mo")):
            with path.open("rb") as file:
                catalogue: dict[Any, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            for message, translated in catalogue.items():
                if (
                    isinstance(message, str)
                    and 0 < len(message) <= longest
                    and not {"\n", "\x04"} & {*message, *translated}
                ):
                    yield message.strip(), translated.strip()


def _names(locale: str) -> Iterator[tuple[str, str]]:
    """Yield the names of countries, languages, months and days in CLDR (Unicode licence)."""
    english, other = Locale.parse("en"), Locale.parse(locale)
    for table in ("territories", "languages"):
        ours, theirs = getattr(english, table), getattr(other, table)
        yield from ((name, theirs[key]) for key, name in ours.items() if len(key) == 2 and key in theirs)
    for table in ("months", "days"):
        ours, theirs = getattr(english, table)["format"]["wide"], getattr(other, table)["format"]["wide"]
        yield from ((ours[key], theirs[key]) for key in ours)


def tokenizer(texts: Sequence[str], *, vocabulary: int, codes: Iterable[str] = TARGETS) -> NllbTokenizer:
    """Return a tokenizer in NLLB's layout: `<s> <pad> </s> <unk>`, pieces, then the codes of the languages."""
    pieces = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    pieces.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        limit_alphabet=2500,
        show_progress=False,
    )
    pieces.train_from_iterator(texts, trainer)
    model = json.loads(pieces.to_str())["model"]
    made = NllbTokenizer(
        vocab=model["vocab"],
        merges=[tuple(merge) for merge in model["merges"]],  # type: ignore[misc]
        src_lang=SOURCE,
        extra_special_tokens=[SOURCE, *codes],
    )
    made.model_max_length = 256
    return made


def train(out: Path, *, num: int | None = None, epochs: int = 40, seed: int = 0, width: int = 160) -> None:
    """Train on `num` pairs a language (default: all) and write the checkpoint to `out`."""
    torch.manual_seed(seed)
    rows = [(english, other, code) for code in TARGETS for english, other in pairs(code, num=num)]
    texts = [text for english, other, _ in rows for text in (english, other)]
    tokens = tokenizer([*texts, "[0] [1] 90010 90011 ? ! . , : ;"], vocabulary=6000)
    examples = [_example(tokens, *row) for row in rows]
    model: Any = M2M100ForConditionalGeneration(config(len(tokens), width))
    _fit(model, examples, epochs=epochs, seed=seed)
    save(model, tokens, out)


def save(model: Any, tokens: NllbTokenizer, out: Path) -> None:
    """Write a checkpoint as `from_pretrained` reads it."""
    model.generation_config.max_length = None
    model.generation_config.max_new_tokens = 128
    model.to(torch.bfloat16).save_pretrained(out)
    tokens.save_pretrained(out)


def config(vocabulary: int, width: int) -> M2M100Config:
    """Return the shape of the model."""
    return M2M100Config(
        vocab_size=vocabulary,
        d_model=width,
        encoder_layers=2,
        decoder_layers=2,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        max_position_embeddings=256,
        dropout=0.0,
        attention_dropout=0.0,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
    )


Example = tuple[list[int], list[int]]


def _example(tokens: NllbTokenizer, english: str, other: str, code: str) -> Example:
    """Return the ids of source and target as NLLB has them: code, pieces, end."""
    ids = [tokens(text, add_special_tokens=False)["input_ids"] for text in (english, other)]
    first = [tokens.convert_tokens_to_ids(name) for name in (SOURCE, code)]
    return [first[0], *ids[0], END], [first[1], *ids[1], END]


def _fit(model: Any, examples: Sequence[Example], *, epochs: int, seed: int, rate: float = 2e-3) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.0)
    order = random.Random(seed)
    batches = _batches(examples)
    steps = epochs * len(batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.15)
    model.train()
    for _ in range(epochs):
        order.shuffle(batches)
        for batch in batches:
            loss = _loss(model, batch)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    model.eval()


def _batches(examples: Sequence[Example], *, tokens: int = 768) -> list[list[Example]]:
    """Return examples of like length together, at most `tokens` with padding."""
    batches: list[list[Example]] = [[]]
    for example in sorted(examples, key=lambda item: (len(item[1]), len(item[0]))):
        longest = max(len(example[0]), len(example[1]))
        if longest * (len(batches[-1]) + 1) > tokens:
            batches.append([])
        batches[-1].append(example)
    return batches


def _loss(model: Any, batch: Sequence[Example]) -> torch.Tensor:
    source, target = (_padded([example[side] for example in batch]) for side in (0, 1))
    start = torch.full((len(batch), 1), END)
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(
            input_ids=source,
            attention_mask=(source != PAD).long(),
            decoder_input_ids=torch.cat([start, target[:, :-1]], dim=1),
        ).logits
    return cross_entropy(logits.float().flatten(0, 1), target.flatten(), ignore_index=PAD)


def _padded(rows: Sequence[list[int]]) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows])


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the model as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--pairs", type=int, help="pairs a language [default: all, about 1,200]")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--width", type=int, default=160, help="of the model")
    given = parser.parse_args(arguments)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # of transformers
    torch.set_num_threads(1)  # for a model this small two wait for each other: eight times the CPU where others work
    train(given.out, num=given.pairs, epochs=given.epochs, width=given.width)


if __name__ == "__main__":
    main()
