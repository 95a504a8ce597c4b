"""A vocabulary of its own for a new model, learned from the texts that it will be trained on."""

import io
from collections import Counter
from collections.abc import Iterable, Sequence

from aya.errors import UserError, needs
from training.sentencepiece_model import build
from training.tokens import Tokens

with needs("training"):
    import sentencepiece

PAD, END, UNKNOWN = 0, 1, 2
"""As T5 and mT5 have them."""

_WRITTEN = "".join(map(chr, range(33, 127)))


def learn_tokens(texts: Iterable[str], *, size: int, longest: int = 4_000) -> Tokens:
    """Return a Unigram vocabulary of about `size` pieces, learned from the first `longest` letters of each text.

    It loses nothing: line breaks, blanks and joiners are kept, and what is unknown is written in bytes. At most half of
    the pieces are single letters, the commonest.

    Raises: UserError if the texts are too few for a vocabulary of that size.
    """
    cut = [text[:longest] for text in texts if text.strip()]
    made = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(cut),
            model_writer=made,
            model_type="unigram",
            vocab_size=size,
            hard_vocab_limit=False,
            byte_fallback=True,
            character_coverage=_coverage(cut, most=size // 2),
            required_chars=_WRITTEN,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            user_defined_symbols=["\n"],
            pad_id=PAD, eos_id=END, unk_id=UNKNOWN, bos_id=-1,
            max_sentence_length=4 * longest,
            num_threads=1,
            minloglevel=2,
        )  # fmt: skip
    except RuntimeError as error:
        raise UserError(f"no vocabulary of {size} pieces: {str(error).splitlines()[0]}") from error
    content = made.getvalue()
    return Tokens(build(content, name="new vocabulary"), sentencepiece=content)


def _coverage(texts: Sequence[str], *, most: int) -> float:
    """Return the share of all letters that the `most` commonest ones are, 99.95 % at most."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    common = sum(num for _, num in counts.most_common(most))
    return min(0.9995, common / max(1, counts.total()))
