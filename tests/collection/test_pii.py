import pytest
from hypothesis import given

from aya.table import records
from collection.pii import Pii
from tests.strategies import tables

ROW = {"id": "1", "inputs": "Kọ sí x@y.org", "targets": "اتصل ٠١٢٣٤٥٦٧٨٩٠ أو x@y.org"}


def test_contact_data_is_masked_and_counted() -> None:
    judged = Pii()(records([ROW]))
    assert judged["inputs"].to_pylist() == ["Kọ sí <EMAIL>"]
    assert judged["targets"].to_pylist() == ["اتصل <PHONE> أو <EMAIL>"]
    assert judged["pii"].to_pylist() == ['{"email":2,"phone":1}']
    assert judged["drop"].to_pylist() == [None]


def test_each_kind_can_be_dropped_or_kept() -> None:
    judged = Pii(email="keep", phone="drop")(records([ROW]))
    assert judged["inputs"].to_pylist() == [ROW["inputs"]]
    assert judged["targets"].to_pylist() == [ROW["targets"]]
    assert judged["drop"].to_pylist() == ["collection.pii: phone"]
    assert judged["evidence"].to_pylist() == ['{"phone":1}']


@pytest.mark.parametrize("text", [None, "", "2018", "ọjà"])
def test_a_text_without_contact_data_is_not_touched(text: str | None) -> None:
    judged = Pii()(records([{"id": "1", "inputs": text}]))
    assert (judged["inputs"][0].as_py(), judged["pii"][0].as_py()) == (text, None)


@given(tables())
def test_what_is_masked_once_stays_as_it_is(table) -> None:  # type: ignore[no-untyped-def]  # a pyarrow table
    once = Pii()(table)
    again = Pii()(once)
    assert again["inputs"].equals(once["inputs"])
    assert again["targets"].equals(once["targets"])
