import pytest

from tests.translated import table
from translation.copied import Copied, copied
from translation.sides import Sides


@pytest.mark.parametrize(
    ("source", "target", "share"),
    [
        ("the quick brown fox", "the quick brown fox", 1),
        ("I saw Angela Merkel 2019", "Angela Merkel 2019", None),
        ("run `ls -la now` please", "jẹ́ kí o ṣe `ls -la now`", 0),
        ("我们今天去市场买很多东西", "我们今天去市场买很多东西", 1),
        ("เราไปตลาดวันนี้", "我们今天去市场", 0),
        ("yes", "yes", 1),
        ("a b c d", "", None),
    ],
)
def test_what_may_stay_is_not_copied(source: str, target: str, share: float | None) -> None:
    assert copied(Sides(source, target)) == share


def test_half_a_copy_counts_half() -> None:
    assert copied(Sides("this is not yet done", "this is not ọjà lọ sí")) == pytest.approx(9 / 16)


def test_a_source_that_was_not_translated_goes() -> None:
    judged = Copied()(table([("we go to the market", "we go to the market"), ("we go", "a lọ"), (None, "we go")]))
    assert judged["copied"].to_pylist() == [1, 0, None]
    assert judged["drop"].to_pylist() == ["translation.copied: not translated", None, None]
