import pytest

from tests.translated import table
from translation.sides import Sides
from translation.spans_kept import SpansKept, spans_kept


@pytest.mark.parametrize(
    ("source", "target", "kept"),
    [
        ("Hi {name}, see `ls`", "ሰላም {name}፣ `ls` ተመልከት", 1),
        ("Hi {name}, see `ls`", "ሰላም {ስም}፣ `ls` ተመልከት", 0.5),
        ("Hi", "ስላም 😀", 0),
        ("Hi {name}", "{name} [0]", 0.5),
        ("in list[0]", "ni list[0]", None),
        ("Hi", "ሰላም", None),
    ],
)
def test_spans_are_kept_word_for_word(source: str, target: str, kept: float | None) -> None:
    assert spans_kept(Sides(source, target)) == kept


def test_a_lost_placeholder_goes() -> None:
    judged = SpansKept()(table([("Hi {name}", "ẹ n lẹ́ {name}"), ("Hi {name}", "ẹ n lẹ́ {orúkọ}"), (None, "{x}")]))
    assert judged["spans_kept"].to_pylist() == [1, 0, None]
    assert judged["drop"].to_pylist() == [None, "translation.spans: protected spans changed", None]
