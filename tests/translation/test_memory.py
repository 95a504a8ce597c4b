from pathlib import Path

import pytest

from translation.memory import TranslationMemory
from translation.translate import Segment

SEGMENT = Segment("ሰላም", -0.25, 3, True, "whole")


def _open(path: Path, target: str = "amh_Ethi") -> TranslationMemory:
    return TranslationMemory(path / "memory.sqlite", engine="tiny", source="eng_Latn", target=target)


def test_a_segment_is_there_for_the_next_run(tmp_path: Path) -> None:
    _open(tmp_path)["Hello"] = SEGMENT
    assert _open(tmp_path)["Hello"] == SEGMENT
    assert "Bye" not in _open(tmp_path)


def test_another_target_has_segments_of_its_own(tmp_path: Path) -> None:
    _open(tmp_path)["Hello"] = SEGMENT
    with pytest.raises(KeyError):
        _open(tmp_path, target="hau_Latn")["Hello"]


def test_a_failed_update_leaves_nothing(tmp_path: Path) -> None:
    memory = _open(tmp_path)
    broken = Segment(None, 0.0, 0, True, "whole")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="NOT NULL"):
        memory.update({"one": SEGMENT, "two": broken})
    memory.close()
    assert "one" not in _open(tmp_path)
