"""A sentencepiece Unigram model as a tokenizer of transformers that cuts texts as sentencepiece does.

transformers' own T5 tokenizer leaves byte fallback out and cuts at white space first, so unknown letters are lost and
lines differ. What is built here is compared with sentencepiece itself before it is used, and refused if it differs on
hard texts. Marks behind letters that are replaced still differ (`training.tokens`).
"""

from pathlib import Path
from typing import Any

from aya.errors import UserError, needs

with needs("training"):
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    from tokenizers import Regex, Tokenizer, decoders, normalizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast

FILE = "spiece.model"
"""The name of the model beside a checkpoint of the T5 family."""

NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
"""Types of a piece, as sentencepiece_model.proto numbers them."""

HARD = (
    "", " ", "\n", "\t", "a", " leading", "trailing ", "two  blanks", "a\nb\n\n- c", "\nx", "x \n y", "a\r\nb",
    "tab\tx", "\ufeffmark", "\u00a0blank\u00a0", "\u3000wide\u3000", "soft\u00adhyphen", "\x00\x07", "e\u0301 é",
    "می\u200cخواهم", "क्\u200dष \u200cx", "\u200fשלום", "①ﬁ Ａ ﷺ",
    "ⵣ ꯃꯤꯇꯩ ߒߞߏ 🙂👩\u200d👩\u200d👧",
    "中国的首都是哪里？", "ภาษาไทย", "မြန်မာစာ", "አማርኛ", "ẹ̀kọ́", "తెలుగు",
    "a▁b", "</s> x <pad> <unk> <s>", "<0x41> <extra_id_0>", "0123456789 3.14 1,000",
)  # fmt: skip
"""Texts on which tokenizers are known to differ."""

SIGNS = {"line breaks": "a\nb", "two blanks in a row": "a  b", "joiners (U+200C, U+200D)": "ک\u200cب\u200dک"}


def build(model: bytes, *, name: str) -> Any:
    """Return the tokenizer of transformers for a sentencepiece model (the content of its file).

    Raises: UserError if the model is no Unigram model, or the tokenizer differs from it on a hard text.
    """
    spec: Any = sentencepiece_model_pb2.ModelProto.FromString(model)  # type: ignore[attr-defined]  # made at run time
    if spec.trainer_spec.model_type != spec.trainer_spec.UNIGRAM:
        raise UserError(f"{name}: only Unigram models of sentencepiece are read, and this is another kind")
    inner = Tokenizer(Unigram(_scores(spec), unk_id=spec.trainer_spec.unk_id, byte_fallback=_falls_back(spec)))
    inner.normalizer = _normalizer(spec.normalizer_spec)
    prefix = [decoders.Strip(" ", 1, 0)] if spec.normalizer_spec.add_dummy_prefix else []
    inner.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), *prefix])
    pieces = spec.pieces
    end, pad, unknown = (spec.trainer_spec.eos_id, spec.trainer_spec.pad_id, spec.trainer_spec.unk_id)
    if min(end, pad, unknown) < 0:
        raise UserError(f"{name}: the model needs pieces for the end, for padding and for what is unknown")
    closing = pieces[end].piece
    inner.post_processor = processors.TemplateProcessing(
        single=f"$A {closing}", pair=f"$A {closing} $B {closing}", special_tokens=[(closing, end)]
    )
    made: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=inner,
        eos_token=closing,
        pad_token=pieces[pad].piece,
        unk_token=pieces[unknown].piece,
        clean_up_tokenization_spaces=False,
    )
    _compare(made, sentencepiece.SentencePieceProcessor(model_proto=model), name=name)
    return made


def lost(tokenizer: Any) -> tuple[str, ...]:
    """Return what of a text does not come back from this tokenizer, in words."""
    return tuple(
        words
        for words, text in SIGNS.items()
        if tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) != text
    )


def _scores(spec: Any) -> list[tuple[str, float]]:
    """Return the pieces; those that stand for no text cost more than any way to write their name in letters."""
    named = [piece.piece for piece in spec.pieces if piece.type in (UNKNOWN, CONTROL, BYTE)]
    least = min((piece.score for piece in spec.pieces if piece.type == NORMAL), default=-1.0)
    cost = min(least, -1.0) * (2 + max(map(len, named), default=0))
    return [(piece.piece, cost if piece.type in (UNKNOWN, CONTROL, BYTE) else piece.score) for piece in spec.pieces]


def _falls_back(spec: Any) -> bool:
    return any(piece.type == BYTE for piece in spec.pieces)


def _normalizer(spec: Any) -> Any:
    steps: list[Any] = []
    if spec.precompiled_charsmap:
        steps.append(normalizers.Precompiled(spec.precompiled_charsmap))
    if spec.remove_extra_whitespaces:
        steps += [normalizers.Replace(Regex(r"\A +| +\z"), ""), normalizers.Replace(Regex(" {2,}"), " ")]
    steps.append(normalizers.Replace(" ", "▁"))
    if spec.add_dummy_prefix:
        steps.append(normalizers.Prepend("▁"))
    return normalizers.Sequence(steps)


def _compare(made: Any, original: Any, *, name: str) -> None:
    for text in HARD:
        ours = made(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        theirs = original.encode(text)
        if ours != theirs or made.decode(theirs) != original.decode(theirs):
            raise UserError(f"{name}: transformers can not cut {text!r} as its sentencepiece model does")


def file_of(name: str, revision: str | None = None) -> Path | None:
    """Return the sentencepiece model of a T5, by its folder or its name on the Hub; None if there is none.

    Raises: UserError if there is no such model.
    """
    from transformers.utils.hub import cached_file

    try:
        found = cached_file(name, FILE, revision=revision, _raise_exceptions_for_missing_entries=False)
    except (OSError, ValueError) as error:
        raise UserError(f"no model '{name}': {str(error).splitlines()[0]}") from error
    return None if found is None else Path(found)
