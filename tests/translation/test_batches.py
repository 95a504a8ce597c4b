from hypothesis import given
from hypothesis import strategies as st

from translation.batches import batches

LENGTHS = st.lists(st.integers(1, 60), max_size=80)


@given(lengths=LENGTHS, budget=st.integers(1, 200))
def test_every_text_is_in_one_batch_and_no_batch_is_over_the_budget(lengths: list[int], budget: int) -> None:
    found = batches(lengths, budget=budget)
    assert sorted(index for batch in found for index in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


def test_texts_of_like_length_go_together_longest_first() -> None:
    assert batches([2, 9, 1, 9, 2], budget=18) == [[1, 3], [0, 4, 2]]
