import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aya.errors import InputError, UserError
from dedup import near as near_module
from dedup import row_parts, scores
from dedup.frames import near_duplicates, without_near_duplicates
from dedup.near import Near, Verdict, find_in_files
from tests.dedup.test_minhash import SENTENCES, jaccard
from tests.strategies import ALPHABETS

NEAR = Near(columns=("text",))


def corpus(num: int, *, seed: int = 1) -> list[str]:
    """Texts in many scripts, half of them edited copies of others; some short, some exact copies."""
    drawn = random.Random(seed)
    texts: list[str] = []
    for _ in range(num):
        letters = ALPHABETS[drawn.choice(list(ALPHABETS))]
        if not texts or drawn.random() < 0.5:
            texts.append("".join(drawn.choices(letters, k=drawn.choice([0, 10, 60, 200]))))
            continue
        text = [*drawn.choice(texts)]
        for _ in range(drawn.randrange(6)):
            if text:
                text[drawn.randrange(len(text))] = drawn.choice(letters)
        texts.append("".join(text))
    return texts


def by_text(verdict: Verdict, texts: Sequence[str]) -> dict[tuple[str, str, float], int]:
    """Return how often each (text that goes, text that stays, score) is in the verdict."""
    found: dict[tuple[str, str, float], int] = {}
    for row, kept, score in zip(verdict.row, verdict.kept, verdict.jaccard, strict=True):
        entry = (texts[row], texts[kept], float(score))
        found[entry] = found.get(entry, 0) + 1
    return found


def write(path: Path, texts: Sequence[str], *, group: int = 17) -> Path:
    pq.write_table(pa.table({"text": texts}), path, row_group_size=group)
    return path


def test_every_row_that_goes_has_the_score_of_the_definition() -> None:
    texts = corpus(300)
    found = near_duplicates(pa.table({"text": texts}), columns=["text"])
    assert len(found) > 60
    for row in found.to_pylist():
        one, other = texts[row["row"]], texts[row["kept"]]
        if row["jaccard"] < 1:
            assert row["jaccard"] == pytest.approx(jaccard(one, other), abs=1e-6)
            assert row["jaccard"] >= np.float32(0.8)
    assert not {*found["row"].to_pylist()} & {*found["kept"].to_pylist()}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(120)), cut=st.integers(1, 119), group=st.integers(5, 70))
def test_order_and_cut_into_files_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], cut: int, group: int
) -> None:
    folder = tmp_path_factory.mktemp("near")
    texts = corpus(120)
    whole = find_in_files([write(folder / "whole.parquet", texts)], folder / "one", NEAR)
    moved = [texts[place] for place in order]
    files = [write(folder / "a.parquet", moved[:cut], group=group), write(folder / "b.parquet", moved[cut:])]
    assert by_text(find_in_files(files, folder / "two", NEAR), moved) == by_text(whole, texts)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(1, 119), seed=st.integers(0, 3))
def test_a_batch_added_later_gets_the_verdict_of_a_joint_run(
    tmp_path_factory: pytest.TempPathFactory, cut: int, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("near")
    texts = corpus(120, seed=seed)
    old, new = write(folder / "old.parquet", texts[:cut]), write(folder / "new.parquet", texts[cut:])
    joint = find_in_files([old, new], folder / "joint", NEAR)
    find_in_files([old], folder / "grown", NEAR)
    grown = find_in_files([new], folder / "grown", NEAR)
    assert by_text(grown, texts) == by_text(joint, texts)


def test_old_texts_are_not_read_again_but_for_groups_that_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = corpus(200)
    old = write(tmp_path / "old.parquet", texts, group=20)
    find_in_files([old], tmp_path / "kept", NEAR)
    read: list[int] = []
    original = near_module._rows_of

    def watched(listed: Any, texts: Any, rows: Any, near: Near) -> Any:
        read.extend(rows)
        return original(listed, texts, rows, near)

    monkeypatch.setattr(near_module, "_rows_of", watched)
    alone = write(tmp_path / "alone.parquet", ["Ìwé tuntun kan tí kò jọ èyíkéyìí nínú àwọn tó ti wà níbẹ̀ tẹ́lẹ̀ rí."])
    find_in_files([alone], tmp_path / "kept", NEAR)
    assert read == []
    find_in_files(
        [write(tmp_path / "near.parquet", [SENTENCES["yor"], SENTENCES["yor"] + "!"])], tmp_path / "kept", NEAR
    )
    assert read == [201, 202]


def test_work_that_was_cut_short_goes_on(tmp_path: Path) -> None:
    texts = corpus(150)
    file = write(tmp_path / "a.parquet", texts, group=10)
    whole = find_in_files([file], tmp_path / "whole", NEAR)
    signed: list[int] = []

    def stop(what: str, done: int, of: int) -> None:
        signed.append(done)
        if len(signed) == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_in_files([file], tmp_path / "cut", NEAR, tell=stop)
    with (tmp_path / "cut" / "exact.uint64").open("ab") as half:
        half.write(b"half a row group")
    with (tmp_path / "cut" / "parts.jsonl").open("a") as half_line:
        half_line.write('{"file": "half a li')
    rest: list[tuple[str, int, int]] = []
    again = find_in_files([file], tmp_path / "cut", NEAR, tell=lambda *told: rest.append(told))
    assert rest[:8] == [("rows signed", done, 150) for done in range(80, 151, 10)]
    assert rest[8] == ("rows grouped", 150, 150)
    assert by_text(again, texts) == by_text(whole, texts)


def test_spills_give_the_verdict_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = corpus(300)
    file = write(tmp_path / "a.parquet", texts)
    whole = find_in_files([file], tmp_path / "memory", NEAR)
    monkeypatch.setattr(scores, "SPILL_ROWS", 20)
    assert by_text(find_in_files([file], tmp_path / "spilled", NEAR), texts) == by_text(whole, texts)
    assert not [path for path in (tmp_path / "spilled").iterdir() if path.is_dir()]


def test_json_lines_are_read_as_parquet_is(tmp_path: Path) -> None:
    texts = [text for text in corpus(80) if "\ufffe" not in text]
    table = pa.table({"text": texts})
    pl.from_arrow(table).write_ndjson(tmp_path / "a.jsonl")  # type: ignore[union-attr]
    found = find_in_files([tmp_path / "a.jsonl"], tmp_path / "one", NEAR)
    assert by_text(found, texts) == by_text(
        find_in_files([write(tmp_path / "a.parquet", texts)], tmp_path / "two", NEAR), texts
    )


def test_every_kind_of_frame_loses_the_same_rows() -> None:
    texts = corpus(60)
    table = pa.table({"text": texts, "number": range(60)})
    stays = without_near_duplicates(table, columns=["text"])["number"].to_pylist()
    assert 10 < len(stays) < 60
    assert without_near_duplicates(pl.from_arrow(table), columns=["text"])["number"].to_list() == stays  # type: ignore[index]
    assert without_near_duplicates(datasets.Dataset(table), columns=["text"])["number"][:] == stays
    with pytest.raises(TypeError, match="not list"):
        near_duplicates([1], columns=["text"])


def test_language_origin_and_quality_are_columns_of_any_name() -> None:
    text = SENTENCES["zho"]
    table = pa.table({"t": [text, text + "！", text + "。。"], "l": ["zh", "zh", "ja"], "score": [0.1, 0.9, 0.5]})
    found = near_duplicates(table, columns=["t"], language="l", quality="score")
    assert found.select(["row", "kept", "cluster"]).to_pylist() == [{"row": 0, "kept": 1, "cluster": 2}]


@pytest.mark.parametrize(
    ("given", "words"),
    [({"columns": ("txt",)}, "no column 'txt'; did you mean 'text'"), ({"threshold": 0.7}, "other settings")],
)
def test_what_the_user_can_put_right_is_said_in_a_line(tmp_path: Path, given: dict[str, Any], words: str) -> None:
    file = write(tmp_path / "a.parquet", corpus(20))
    find_in_files([file], tmp_path / "kept", NEAR)
    folder = "kept" if "threshold" in given else "other"
    with pytest.raises((UserError, InputError), match=words):
        find_in_files([file], tmp_path / folder, NEAR.model_copy(update=given))


def test_a_column_that_no_line_names_is_refused_and_one_of_nulls_is_not(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "ጤና ይስጥልኝ", "note": null}\n', "utf-8")
    with pytest.raises(InputError, match=r"rows\.jsonl: no column 'txet'; did you mean 'text'"):
        find_in_files([path], tmp_path / "one", Near(columns=("txet",)))
    assert find_in_files([path], tmp_path / "two", Near(columns=("text", "note"))).num_rows == 1


def test_a_file_may_move(tmp_path: Path) -> None:
    texts = corpus(60)
    file = write(tmp_path / "a.parquet", texts)
    first = find_in_files([file], tmp_path / "kept", NEAR)
    (tmp_path / "kept" / "settled.npz").unlink()
    moved = file.rename(tmp_path / "b.parquet")
    assert by_text(find_in_files([moved], tmp_path / "kept", NEAR), texts) == by_text(first, texts)


def test_a_file_under_two_names_is_refused(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.parquet", ["a"]), write(tmp_path / "b.parquet", ["a"])
    with pytest.raises(UserError, match=r"b.parquet is the same file as .*a.parquet"):
        find_in_files([first, second], tmp_path / "kept", NEAR)


@pytest.mark.parametrize("suffix", ["parquet", "jsonl", "csv"])
def test_how_many_rows_are_read_at_a_time_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    texts = corpus(120)
    file = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        write(file, texts, group=50)
    else:
        table = pl.DataFrame({"text": texts})
        (table.write_ndjson if suffix == "jsonl" else table.write_csv)(file)
    whole = find_in_files([file], tmp_path / "whole", NEAR)
    monkeypatch.setattr(row_parts, "PART_ROWS", 7)
    assert by_text(find_in_files([file], tmp_path / "parts", NEAR), texts) == by_text(whole, texts)
    firsts = [json.loads(line)["first"] for line in (tmp_path / "parts" / "parts.jsonl").read_text().splitlines()]
    groups = [(0, 50), (50, 100), (100, len(texts))] if suffix == "parquet" else [(0, len(texts))]
    assert firsts == [first for start, stop in groups for first in range(start, stop, 7)]


def test_a_file_of_which_a_part_was_added_before_another_is_read_in_order(tmp_path: Path) -> None:
    texts = corpus(150)
    one, other = write(tmp_path / "a.parquet", texts[:100], group=10), write(tmp_path / "b.parquet", texts[100:])
    signed: list[int] = []

    def stop(what: str, done: int, of: int) -> None:
        signed.append(done)
        if len(signed) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_in_files([one], tmp_path / "kept", NEAR, tell=stop)
    find_in_files([other], tmp_path / "kept", NEAR)
    mixed = [*texts[:40], *texts[100:], *texts[40:100]]
    whole = find_in_files([write(tmp_path / "c.parquet", texts)], tmp_path / "whole", NEAR)
    assert by_text(find_in_files([one], tmp_path / "kept", NEAR), mixed) == by_text(whole, texts)


def test_with_kept_texts_old_files_are_not_needed(tmp_path: Path) -> None:
    texts = corpus(150)
    old, new = write(tmp_path / "old.parquet", texts[:110]), write(tmp_path / "new.parquet", texts[110:])
    joint = find_in_files([old, new], tmp_path / "joint", NEAR)
    find_in_files([old], tmp_path / "grown", NEAR, keep_texts=True)
    old.unlink()
    assert by_text(find_in_files([new], tmp_path / "grown", NEAR), texts) == by_text(joint, texts)


def chain(length: int, *, letters: str = ALPHABETS["Ethi"]) -> list[str]:
    """Texts of which each is like the next, and the first is unlike the last."""
    drawn = random.Random(length)
    text = drawn.choices(letters, k=120)
    texts = []
    for place in range(length):
        text[9 * place] = drawn.choice(letters)
        texts.append("".join(text))
    return texts


@pytest.mark.parametrize("seed", range(4))
def test_single_rows_added_to_chains_and_preferred_to_old_rows_get_the_verdict_of_a_joint_run(
    tmp_path: Path, seed: int
) -> None:
    near = NEAR.model_copy(update={"quality": "score"})
    texts = [*chain(10), *corpus(87, seed=seed)]
    random.Random(seed).shuffle(texts)
    # The last three rows, each a batch of its own, are preferred to all before: a copy and two near copies.
    texts += [chain(10)[4], chain(10)[0] + "።", chain(10)[9] + "፣"]
    table = pa.table({"text": texts, "score": [*([0.5] * 97), 1.0, 2.0, 3.0]})
    files = [tmp_path / f"{start}.parquet" for start in (0, 60, 80, 95, 97, 98, 99)]
    for path, start, stop in zip(files, (0, 60, 80, 95, 97, 98, 99), (60, 80, 95, 97, 98, 99, 100), strict=True):
        pq.write_table(table.slice(start, stop - start), path)
        grown = find_in_files([path], tmp_path / "grown", near)
    joint = find_in_files(files, tmp_path / "joint", near)
    assert [column.tolist() for column in (grown.row, grown.kept, grown.jaccard)] == [
        column.tolist() for column in (joint.row, joint.kept, joint.jaccard)
    ]
    assert {97, 98, 99} <= {*joint.kept.tolist()}
    assert sorted(zip(*(part.tolist() for part in grown.chained), strict=True)) == sorted(
        zip(*(part.tolist() for part in joint.chained), strict=True)
    )


def test_ends_of_chains_stay_and_are_told_with_one_of_their_like_that_went(tmp_path: Path) -> None:
    texts = [*chain(10), *corpus(200), *chain(6, letters=ALPHABETS["Thai"])]
    found = find_in_files([write(tmp_path / "rows.parquet", texts)], tmp_path / "index", NEAR)
    kept = dict(zip(found.row.tolist(), found.kept.tolist(), strict=True))
    assert len(found.chained.rows) >= 2
    for row, other, score, _ in zip(*(part.tolist() for part in found.chained), strict=True):
        assert row not in kept
        assert row not in kept.values()
        assert score == pytest.approx(jaccard(texts[row], texts[other]))
        assert score >= 0.8 > jaccard(texts[row], texts[kept[other]])
        assert found.groups()[row] == found.groups()[other] == kept[other]
