import io

from rich.console import Console

from aya.progress import telling


def heard(*calls: tuple[str, int, int], every: float = 0, quiet: bool = False) -> list[str]:
    """Return the lines of work that tells these."""
    file = io.StringIO()
    with telling(quiet=quiet, console=Console(file=file, width=200), every=every) as tell:
        for call in calls:
            tell(*call)
    return file.getvalue().splitlines()


def test_a_line_has_the_share_the_rate_and_the_time_that_is_left() -> None:
    first, later, whole = heard(("rows signed", 0, 800), ("rows signed", 200, 800), ("rows signed", 800, 800))
    assert first == "rows signed: 0 of 800 (0%), 0.0/s"
    assert later.startswith("rows signed: 200 of 800 (25%), ")
    assert later.endswith("/s, 0:00:00 left")
    assert whole.startswith("rows signed: 800 of 800 (100%), ")
    assert "left" not in whole


def test_what_was_done_before_does_not_count_into_the_rate() -> None:
    assert heard(("rows signed", 700, 800))[0] == "rows signed: 700 of 800 (88%), 0.0/s"


def test_work_of_unknown_size_has_a_rate_alone() -> None:
    line = heard(("rows", 0, 0), ("rows", 50, 0))[1]
    assert line.startswith("rows: 50, ")
    assert line.endswith("/s")


def test_short_and_quiet_work_says_nothing() -> None:
    calls = ("files", 1, 2), ("files", 2, 2)
    assert heard(*calls, every=3600) == []
    assert heard(*calls, quiet=True) == []


def test_a_terminal_shows_a_bar_for_each_step() -> None:
    file = io.StringIO()
    with telling(quiet=False, console=Console(file=file, width=120, force_terminal=True)) as tell:
        tell("rows signed", 5, 10)
        tell("[files] written", 3, 3)  # a name is no markup
    shown = file.getvalue()
    assert "rows signed" in shown
    assert "5/10" in shown
    assert "[files] written" in shown
    assert "3/3" in shown
