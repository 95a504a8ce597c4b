import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given

from aya.errors import InputError
from dedup.banding import SLOTS, bands_for, chance, sketch_limits
from dedup.grams import Common, grams_of
from dedup.normalise import reference
from dedup.signature import permutations, sign
from tests.strategies import texts


def salts(num: int) -> np.ndarray:
    return np.zeros(num, np.uint64)


@given(texts(max_size=60))
def test_the_grams_of_a_text_are_its_different_runs_of_five(text: str) -> None:
    plain = reference(text)
    runs = {plain[i : i + 5] for i in range(len(plain) - 4)} if len(plain) >= 5 else set()
    grams = grams_of([pa.array([text])], salts(1), least=5)
    assert grams.offsets.tolist() == [0, len(runs)]
    assert len(np.unique(grams.values)) == len(runs)


@given(texts(max_size=80), texts(max_size=80))
@example("", "\x01")
@example("b", "\x02c")
def test_the_same_text_and_no_other_has_the_same_hash(one: str, other: str) -> None:
    made = sign([pa.array([one, other])], salts(2), bands=4, rows=2, least=20)
    assert (made.exact_N[0] == made.exact_N[1]) == (reference(one) == reference(other))
    assert made.sizes_N.tolist() == [len(reference(one)), len(reference(other))]


def test_slots_agree_as_often_as_the_texts_are_alike() -> None:
    """A half of 600 letters in common: similarity about 1/3, standard error of 40 pairs with 128 slots .007."""
    drawn = np.random.default_rng(3)
    letters = [chr(point) for point in range(0x1200, 0x1240)]
    estimates, truths = [], []
    for _ in range(40):
        common, one, other = ("".join(drawn.choice(letters, 300)) for _ in range(3))
        made = sign([pa.array([common + one, common + other])], salts(2), bands=SLOTS, rows=1, least=20)
        estimates.append(np.mean(made.bands_BN[:, 0] == made.bands_BN[:, 1]))
        sets = [{text[i : i + 5] for i in range(596)} for text in (common + one, common + other)]
        truths.append(len(sets[0] & sets[1]) / len(sets[0] | sets[1]))
    assert np.mean(estimates) == pytest.approx(np.mean(truths), abs=0.025)


def test_the_hash_functions_are_the_same_everywhere() -> None:
    factors, summands = permutations(64)
    assert np.all(factors % 2 == 1)
    assert (int(factors[0]), int(summands[0])) == (3793791033, 712730543)


def test_common_grams_are_left_out() -> None:
    column = pa.array(["aaaaabbbbbccccc" * 3, "aaaaabbbbbccccc" * 3])
    whole = grams_of([column], salts(2), least=5)
    first = whole.values[: whole.offsets[1]]
    common = Common(np.array([0, -1], np.int32), np.sort(first[:3]), np.array([0, 3], np.int64))
    left = grams_of([column], salts(2), least=5, common=common)
    assert left.values[: left.offsets[1]].tolist() == first[3:].tolist()
    assert left.values[left.offsets[1] :].tolist() == first.tolist()


def test_grams_of_two_fields_are_never_the_same() -> None:
    text = "the same in both fields, letter for letter"
    grams = grams_of([pa.array([text]), pa.array([text])], salts(1), least=5)
    assert grams.offsets[1] == 2 * len({text[i : i + 5] for i in range(len(text) - 4)})


def test_what_is_not_utf8_is_refused() -> None:
    column = pa.array([b"good", b"\xed\xa0\x80"]).view(pa.string())
    with pytest.raises(InputError, match="row 2 of the texts is not UTF-8"):
        sign([column], salts(2), bands=1, rows=1, least=5)
    with pytest.raises(InputError, match="row 2 of the texts is not UTF-8"):
        grams_of([column], salts(2), least=5)


@pytest.mark.parametrize(
    ("threshold", "recall", "wanted"), [(0.8, 0.94, (16, 8)), (0.8, 0.98, (18, 7)), (0.9, 0.94, (10, 12))]
)
def test_bands_are_the_longest_that_find_enough(threshold: float, recall: float, wanted: tuple[int, int]) -> None:
    bands, rows = bands_for(threshold, recall=recall)
    assert (bands, rows) == wanted
    assert chance(threshold, bands=bands, rows=rows) >= recall
    assert chance(threshold, bands=SLOTS // (rows + 1), rows=rows + 1) < recall


def test_sketches_are_asked_near_the_threshold_alone() -> None:
    """Of 128 slots with two bits, (.25 + .75 * .8) * 128 = 108.8 agree at .8."""
    least, sure = sketch_limits(0.8)
    assert least < 108 < sure <= SLOTS
