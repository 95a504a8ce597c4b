"""Translation speed at equal output lengths: plain transformers, batches in file order, and both engines of aya.

    python -m benchmarks.translation                              # a model of 77 million parameters, 15 CPU minutes
    python -m benchmarks.translation --shape 600m --num 250       # NLLB-600M's shape, and with 32,000 tokens kept

Weights are random and lengths are forced: the length of every translation is drawn once, and all make the same tokens.
Each run is a process of its own with one thread, and the contenders take turns. What counts is the CPU time of
translating, loading left out.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from aya.text import digest
from translation.checkpoint import Decoding
from translation.ctranslate2_engine import CTranslate2
from translation.locales import locale
from translation.nllb import Transformers
from translation.protection import spans
from translation.tiny import TARGETS, pairs, tokenizer
from translation.translate import Pair, Segment, segments_of, translate_pairs

SOURCE, TARGET = locale("eng"), locale("spa")
END = 2


class Shape(NamedTuple):
    """A model of NLLB's make."""

    vocabulary: int
    width: int
    layers: int
    heads: int


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {"q": Shape(64_000, 512, 6, 8), "600m": Shape(256_206, 1024, 12, 16), "test": Shape(3_000, 32, 1, 2)}
)
KEPT = 32_000


# -- what is translated ----------------------------------------------------------------------------


def examples(num: int) -> list[str]:
    """Return texts as instruction data has them: 15 % short, 55 % sentences, 30 % paragraphs of 2 to 8 sentences."""
    draw = random.Random(0)
    labels, prose = short(), english()
    draw.shuffle(prose)
    found: dict[str, None] = {}
    while len(found) < num:
        kind = draw.random()
        if kind < 0.15:
            text = draw.choice(labels)
        elif kind < 0.7:
            text = prose[draw.randrange(len(prose))]
        else:
            start = draw.randrange(len(prose) - 8)
            text = " ".join(prose[start : start + draw.randint(2, 8)])
        found[text] = None
    return list(found)


def short() -> list[str]:
    """Return short texts of an interface, without placeholders."""
    return [text for text, _ in pairs("spa_Latn") if text.isascii() and len(text) > 2 and not spans(text)]


def english() -> list[str]:
    """Return English sentences: of NTREX-128 where AYA_DATA is, else of Django's longer messages."""
    if folder := os.environ.get("AYA_DATA"):
        import polars as pl

        lines: list[str] = pl.read_parquet(Path(folder) / "parallel" / "ntrex128.parquet")["eng"].to_list()
    else:
        lines = [text for text, _ in pairs("spa_Latn", longest=400) if len(text) > 40]
    return [str(line) for line in dict.fromkeys(lines) if not spans(line)]


def lengths(texts: Sequence[str], count: Callable[[str], int]) -> list[int]:
    """Return the tokens of each translation: .95 to 1.35 for a token of the source."""
    draw = random.Random(1)
    return [max(2, round(count(text) * draw.uniform(0.95, 1.35))) for text in texts]


# -- the model -------------------------------------------------------------------------------------


def model(folder: Path, name: str) -> Path:
    """Return the folder of a checkpoint with random weights and a tokenizer of real pieces, made once."""
    learned_from = [*english(), *short()]
    made = folder / f"{name}-{digest(*learned_from)[:8]}"
    if (made / "config.json").is_file():
        return made
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    shape = SHAPES[name]
    learned = tokenizer(learned_from, vocabulary=shape.vocabulary - len(TARGETS) - 1)
    vocab = {token: id_ for token, id_ in learned.get_vocab().items() if token not in TARGETS and token != SOURCE.code}
    vocab |= {f"▁filler{num}": num for num in range(len(vocab), shape.vocabulary - len(TARGETS) - 1)}
    merges: list[tuple[str, str]] = json.loads(learned.backend_tokenizer.to_str())["model"]["merges"]
    tokens = NllbTokenizer(
        vocab=vocab,
        merges=[tuple(merge) for merge in merges],  # type: ignore[misc]  # as in translation.tiny
        src_lang=SOURCE.code,
        extra_special_tokens=[SOURCE.code, *TARGETS],
    )
    config = M2M100Config(
        vocab_size=len(tokens), d_model=shape.width, max_position_embeddings=1024, dropout=0.0, attention_dropout=0.0,
        encoder_layers=shape.layers, decoder_layers=shape.layers, encoder_ffn_dim=4 * shape.width,
        decoder_ffn_dim=4 * shape.width, encoder_attention_heads=shape.heads, decoder_attention_heads=shape.heads,
    )  # fmt: skip
    torch.manual_seed(0)
    network: Any = M2M100ForConditionalGeneration(config)
    network.generation_config.max_length = None
    network.to(torch.bfloat16).save_pretrained(made)
    tokens.save_pretrained(made)
    return made


# -- forced lengths --------------------------------------------------------------------------------


class Force:
    """A logits processor that ends every row at its length and none before."""

    def __init__(self, wanted: Sequence[int]) -> None:
        import torch

        self.wanted = torch.tensor(wanted)

    def __call__(self, ids: Any, scores: Any) -> Any:
        """Leave a row whose length is reached nothing but the end; called by generate()."""
        return self.ends(self.wanted < ids.shape[1], scores)  # the decoder's start and the language are there already

    def ends(self, over: Any, scores: Any) -> Any:
        """Leave some rows the end alone, and the others none."""
        scores[:, END] = float("-inf")
        if over.any():
            scores[over] = float("-inf")
            scores[over, END] = 0
        return scores


class ForcedTransformers(Transformers):
    """Ours, with forced lengths."""

    wanted: Mapping[tuple[int, ...], int]

    def _run(self, rows: Sequence[Sequence[int]], first: int, *, whole: bool) -> Any:
        self.force = Force([self.wanted[tuple(row)] for row in rows])
        return super()._run(rows, first, whole=whole)

    def change(self, places: Any, step: int, scores: Any) -> Any:
        """Return scores that force the lengths of the rows in hand."""
        return self.force.ends(self.force.wanted[places] <= step + 1, scores)


class ForcedCTranslate2(CTranslate2):
    """Ours, with forced lengths."""

    wanted: Mapping[tuple[int, ...], int]

    def lengths(self, rows: Sequence[Sequence[int]]) -> dict[str, Any]:
        """Return the forced lengths; a row that has its own leaves the batch."""
        now = [self.wanted[tuple(row)] for row in rows]
        return {
            "min_decoding_length": max(now) + 1,
            "max_decoding_length": max(now) + 1,
            "callback": lambda step: step.step >= now[step.batch_id],
        }


# -- contenders ------------------------------------------------------------------------------------


class Job(NamedTuple):
    """What a contender is given."""

    folder: Path
    name: str
    texts: list[str]


class Done(NamedTuple):
    """Tokens made, decoded at all, and CPU seconds."""

    tokens: int
    decoded: int
    seconds: float


def plain(job: Job, *, batch: int, dtype: str) -> Done:
    """Translate by transformers as its documentation does, `batch` texts at a time in the order of the file."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, LogitsProcessorList

    path = model(job.folder, job.name)
    tokens: Any = AutoTokenizer.from_pretrained(path, src_lang=SOURCE.code)
    loaded: Any = AutoModelForSeq2SeqLM
    network = loaded.from_pretrained(path, dtype=getattr(torch, dtype)).eval()
    wanted = lengths(job.texts, lambda text: len(tokens(text)["input_ids"]))
    first = tokens.convert_tokens_to_ids(TARGET.code)
    started, decoded = time.process_time(), 0
    for start in range(0, len(job.texts), batch):
        some = wanted[start : start + batch]
        given = tokens(job.texts[start : start + batch], return_tensors="pt", padding=True)
        with torch.inference_mode():
            made = network.generate(
                **given,
                forced_bos_token_id=first,
                max_new_tokens=max(some) + 2,
                num_beams=1,
                do_sample=False,
                logits_processor=LogitsProcessorList([Force(some)]),
            )
        decoded += len(some) * (made.shape[1] - 2)
        tokens.batch_decode(made, skip_special_tokens=True)
    return Done(sum(wanted), decoded, time.process_time() - started)


def ours(job: Job, kind: type[ForcedTransformers] | type[ForcedCTranslate2], *, kept: bool, **settings: Any) -> Done:
    """Translate by aya, with all that it does besides: cutting, spans, joining."""
    path = model(job.folder, job.name)
    if kept:
        settings["kept"] = kept_ids(path, job.texts)
    engine = kind(str(path), decoding=Decoding(ratio=4.0), device="cpu", **settings)
    count = engine.checkpoint.tokenizer
    wanted = lengths(job.texts, lambda text: len(count(text)["input_ids"]))
    engine.wanted = {}
    total = 0
    for text, length in zip(job.texts, wanted, strict=True):
        total += _share(engine, segments_of(Pair(text, ""), engine, SOURCE), length)
    memory: dict[str, Segment] = {}
    started = time.process_time()
    translate_pairs([Pair(text, "") for text in job.texts], engine, source=SOURCE, target=TARGET, memory=memory)
    seconds = time.process_time() - started
    made = sum(segment.num_tokens for segment in memory.values())
    if made < 0.99 * total:
        raise RuntimeError(f"{made} tokens were made, not {total}")
    return Done(total, made, seconds)


def _share(engine: ForcedTransformers | ForcedCTranslate2, segments: Sequence[str], length: int) -> int:
    """Share the length of a text among its segments by their tokens; return what was given to new ones."""
    rows = [tuple(row) for row in engine.checkpoint.ids(list(segments), SOURCE.code)]
    given, left, tokens = 0, length, sum(map(len, rows))
    known = dict(engine.wanted)
    for row in rows:
        mine = max(1, round(left * len(row) / tokens))
        left, tokens = max(1, left - mine), tokens - len(row)
        if row not in known:
            known[row] = mine
            given += mine
    engine.wanted = known
    return given


def kept_ids(path: Path, texts: Sequence[str]) -> list[int]:
    """Return the tokens of the texts, filled up to as many as a group of languages has."""
    from translation.checkpoint import Checkpoint
    from translation.vocabulary import kept

    checkpoint = Checkpoint(str(path))
    ids = dict.fromkeys(kept(checkpoint, texts))
    rest = (id_ for id_ in range(len(checkpoint.tokenizer)) if id_ not in ids)
    most = min(KEPT, len(checkpoint.tokenizer) // 2)
    return sorted([*ids, *(next(rest) for _ in range(most - len(ids)))])


CONTENDERS: Mapping[str, Callable[[Job], Done]] = MappingProxyType(
    {
        "loop": lambda job: plain(job, batch=1, dtype="float32"),
        "loop-bf16": lambda job: plain(job, batch=1, dtype="bfloat16"),
        "file-order": lambda job: plain(job, batch=16, dtype="float32"),
        "aya": lambda job: ours(job, ForcedTransformers, kept=False),
        "aya-kept": lambda job: ours(job, ForcedTransformers, kept=True),
        "aya-ct2": lambda job: ours(job, ForcedCTranslate2, kept=False, threads=1, cache=job.folder / "converted"),
        "aya-ct2-kept": lambda job: ours(job, ForcedCTranslate2, kept=True, threads=1, cache=job.folder / "converted"),
    }
)
FEW = 8
"""The loops are given every eighth text."""


def one(name: str, job: Job) -> dict[str, Any]:
    """Run one contender in this process."""
    import torch

    torch.set_num_threads(1)
    texts = job.texts[::FEW] if name.startswith("loop") else job.texts
    done = CONTENDERS[name](job._replace(texts=texts))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {**done._asdict(), "speed": done.tokens / done.seconds, "texts": len(texts), "gib": peak}


# -- the run ---------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="q")
    parser.add_argument("--num", type=int, default=500, help="texts")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--cache", type=Path, default=Path("build/benchmarks/translation"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one, Job(given.cache, given.shape, examples(given.num)))))
        return
    model(given.cache, given.shape)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in given.only}
    for _ in range(given.rounds):
        for name in given.only:
            found[name].append(_child(name, given))
            print(name, found[name][-1], flush=True)
    slowest = statistics.median(run["speed"] for run in found[given.only[0]])
    print(f"\n| {given.shape}, {given.num} texts | tokens / CPU s | x {given.only[0]} | decoded for nothing | GiB |")
    print("|---|---|---|---|---|")
    for name, runs in found.items():
        speed, gib = (statistics.median(run[what] for run in runs) for what in ("speed", "gib"))
        waste = 1 - runs[0]["tokens"] / max(runs[0]["tokens"], runs[0]["decoded"])
        print(f"| {name} | {speed:.1f} | {speed / slowest:.1f} | {waste:.0%} | {gib:.1f} |")


def _child(name: str, given: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.translation", "--one", name, "--shape", given.shape]
    command += ["--num", str(given.num), "--cache", str(given.cache)]
    threads = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | threads)
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


if __name__ == "__main__":
    main()
