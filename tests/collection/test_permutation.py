import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from collection.permutation import Words, mix, permute, subkeys


def order(size: int, key: int) -> Words:
    """Return the whole permutation of a size."""
    return permute(np.arange(size, dtype=np.uint64), words(size, size), words(key, size))


def words(value: int, count: int) -> Words:
    return np.full(count, value, np.uint64)


@given(st.integers(1, 3000), st.integers(0, 2**64 - 1))
def test_every_place_is_taken_once(size: int, key: int) -> None:
    assert sorted(order(size, key).tolist()) == list(range(size))


@given(st.integers(1, 2**51), st.integers(0, 2**64 - 1), st.data())
def test_places_of_huge_sizes_are_inside_and_differ(size: int, key: int, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(st.integers(0, size - 1), unique=True, max_size=20))
    places = permute(np.asarray(drawn, np.uint64), words(size, len(drawn)), words(key, len(drawn)))
    assert len(set(places.tolist())) == len(drawn)
    assert all(place < size for place in places.tolist())


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(51, 99), st.integers(0, 2**64 - 1)), min_size=1))
def test_a_position_does_not_depend_on_its_neighbours(drawn: list[tuple[int, int, int]]) -> None:
    together = permute(*(np.asarray(column, np.uint64) for column in zip(*drawn, strict=True)))
    alone = [permute(words(x, 1), words(n, 1), words(key, 1))[0] for x, n, key in drawn]
    assert together.tolist() == alone


def test_the_order_is_the_same_on_every_machine() -> None:
    assert order(10, 0).tolist() == [0, 8, 5, 2, 9, 3, 4, 1, 7, 6]
    assert order(10, 1).tolist() == [1, 5, 6, 9, 3, 7, 8, 4, 0, 2]
    assert order(1, 5).tolist() == [0]


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 10, 17, 20, 26, 97])
def test_places_and_first_pairs_are_even_over_keys(size: int) -> None:
    num_keys = 200_000 // size
    positions = np.tile(np.arange(size, dtype=np.uint64), num_keys)
    keys = np.repeat(mix(np.arange(num_keys, dtype=np.uint64)), size)
    places = permute(positions, words(size, size * num_keys), keys).reshape(num_keys, size).astype(np.int64)
    counts = np.stack([np.bincount(places[:, i], minlength=size) for i in range(size)])
    expected = num_keys / size
    chi2 = float(((counts - expected) ** 2 / expected).sum())
    assert stats.chi2.sf(chi2, (size - 1) ** 2) > 1e-4
    steps = np.bincount((places[:, 1] - places[:, 0]) % size, minlength=size)[1:]
    assert size == 2 or stats.chisquare(steps).pvalue > 1e-4


@given(st.integers(0, 2**64 - 1))
def test_subkeys_differ(key: int) -> None:
    made = subkeys(words(key, 1000), np.arange(1000, dtype=np.uint64))
    assert len(set(made.tolist())) == 1000
