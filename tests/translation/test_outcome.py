import pyarrow as pa

from aya.table import put
from tests.translated import table
from translation.outcome import Outcome


def rows() -> pa.Table:
    made = put(table([("a", "b")] * 4), "fault", ["empty translation", None, None, None], pa.string())
    return put(made, "finished", [True, False, True, None], pa.bool_())


def test_what_the_translator_gave_up_goes() -> None:
    judged = Outcome()(rows())
    assert judged["drop"].to_pylist() == [
        "translation.outcome: not translated",
        "translation.outcome: cut off",
        None,
        None,
    ]
    assert judged["evidence"].to_pylist() == ['{"fault":"empty translation"}', None, None, None]


def test_what_was_cut_off_may_stay() -> None:
    assert Outcome(unfinished=True)(rows())["drop"].to_pylist()[1:] == [None] * 3
