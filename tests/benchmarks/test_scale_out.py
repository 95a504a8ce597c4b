"""Growing a build through its scales."""

from pathlib import Path

from benchmarks.scale_out import grow


def test_a_larger_scale_goes_on_with_whole_files_and_what_was_done_with_each_alone(tmp_path: Path) -> None:
    small, large = tmp_path / "0.01", tmp_path / "0.05"
    for name in (
        "xp3x/00000.parquet",
        "xp3x/00001.parquet",
        "store/work/judge/a.parquet",
        "store/work/gather/b.parquet",
    ):
        (small / name).parent.mkdir(parents=True, exist_ok=True)
        (small / name).write_text(name)
    grow(small, large)
    found = sorted(path.relative_to(large).as_posix() for path in large.rglob("*") if path.is_file())
    assert found == ["grown", "store/work/judge/a.parquet", "xp3x/00000.parquet"]  # the last file has fewer rows
