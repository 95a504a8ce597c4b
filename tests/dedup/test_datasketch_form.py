import gc
import hashlib
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.datasketch_form import Scheme, minhashes, query, signatures
from dedup.sha1 import MOST_BYTES, sha1_32
from tests import servers
from tests.dedup.test_minhash import SENTENCES
from tests.strategies import texts

datasketch = pytest.importorskip("datasketch")

SCHEMES: list[Scheme] = ["affine32", "legacy"]


def grams(text: str, n: int) -> list[bytes]:
    if not text:
        return []
    return [text[i : i + n].encode() for i in range(max(1, len(text) - n + 1))]


def theirs(text: str, *, num_perm: int, seed: int, scheme: str, n: int) -> Any:
    made = datasketch.MinHash(num_perm=num_perm, seed=seed, scheme=scheme)
    made.update_batch(grams(text, n))
    return made


@given(st.lists(st.binary(max_size=MOST_BYTES), max_size=40))
def test_the_hash_is_sha1(strings: list[bytes]) -> None:
    ends = np.cumsum([0, *map(len, strings)]).astype(np.int64)
    out = np.zeros(len(strings), np.uint32)
    data = np.frombuffer(b"".join(strings) + b"\0", np.uint8)
    sha1_32(data, ends[:-1], ends[1:], out)
    assert out.tolist() == [int.from_bytes(hashlib.sha1(string).digest()[:4], "little") for string in strings]


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(texts(), max_size=6), num=st.sampled_from([4, 64, 128]), n=st.integers(1, 13), seed=st.integers(0, 9)
)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_signatures_are_those_of_datasketch(scheme: Scheme, rows: list[str], num: int, n: int, seed: int) -> None:
    ours = signatures(pa.array(rows, pa.string()), num_perm=num, seed=seed, scheme=scheme, n=n)
    for text, values in zip(rows, ours, strict=True):
        wanted = theirs(text, num_perm=num, seed=seed, scheme=scheme, n=n).hashvalues
        assert values.dtype == wanted.dtype
        assert values.tolist() == wanted.tolist()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_pickled_index_answers(scheme: Scheme, tmp_path: Path) -> None:
    index = datasketch.MinHashLSH(threshold=0.8, num_perm=128)
    for language, text in SENTENCES.items():
        index.insert(language, theirs(text, num_perm=128, seed=1, scheme=scheme, n=5))
    opened = pickle.loads(pickle.dumps(index))
    asked = pa.array([f"{text}!" for text in SENTENCES.values()] + ["Ohun mìíràn pátápátá ni èyí jẹ́ fún gbogbo wa."])
    assert query(opened, asked, scheme=scheme) == [*([language] for language in SENTENCES), []]


def test_the_scheme_of_the_index_is_not_guessed() -> None:
    index = datasketch.MinHashLSH(threshold=0.8, num_perm=128)
    index.insert("yor", theirs(SENTENCES["yor"], num_perm=128, seed=1, scheme="legacy", n=5))
    with pytest.raises(ValueError, match="does not match scheme 'legacy'"):
        query(index, pa.array([SENTENCES["yor"]]))


def test_sketches_can_be_compared_with_those_of_datasketch() -> None:
    text = SENTENCES["hin"]
    (made,) = minhashes(signatures(pa.array([text])))
    assert made.jaccard(theirs(text, num_perm=128, seed=1, scheme="affine32", n=5)) == 1.0


@pytest.mark.parametrize(("n", "num_perm", "words"), [(14, 128, "between 1 and 13"), (5, 130, "multiple of 4")])
def test_what_can_not_be_made_is_refused(n: int, num_perm: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        signatures(pa.array(["a"]), n=n, num_perm=num_perm)


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    """A Redis server of this test alone, where one is installed."""
    redis = pytest.importorskip("redis")
    with servers.redis(tmp_path) as port:
        yield port
        for client in [item for item in gc.get_objects() if issubclass(type(item), redis.Redis)]:
            client.connection_pool.disconnect()  # datasketch leaves them open


def test_an_index_in_redis_answers(redis_port: int) -> None:
    config = {"type": "redis", "basename": b"aya", "redis": {"host": "127.0.0.1", "port": redis_port}}
    built = datasketch.MinHashLSH(threshold=0.8, num_perm=128, storage_config=config)
    for language, text in SENTENCES.items():
        built.insert(language, theirs(text, num_perm=128, seed=1, scheme="affine32", n=5))
    opened = datasketch.MinHashLSH(threshold=0.8, num_perm=128, storage_config=config)
    asked = pa.array([f"{text}!" for text in SENTENCES.values()])
    assert query(opened, asked) == [[language] for language in SENTENCES]
