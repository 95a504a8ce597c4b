"""Every verb has help with an example that it would take, can be quiet and print JSON, and answers Ctrl-C."""

import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main
from typer.testing import CliRunner

from aya.cli import Verbs, app
from aya.terminal import resumable


def verbs(command: Any, words: tuple[str, ...] = ("aya",)) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(words), command
        return
    for name, inner in sorted(command.commands.items()):
        yield from verbs(inner, (*words, name))


VERBS = dict(verbs(typer.main.get_command(app)))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_an_example_that_it_takes(verb: str) -> None:
    example = VERBS[verb].epilog or ""
    assert example.startswith(f"Example: {verb}"), example
    arguments = shlex.split(example.removeprefix(f"Example: {verb}").partition(" > ")[0])
    VERBS[verb].make_context(verb, arguments)


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_says_what_it_is(verb: str) -> None:
    options = [option for option in VERBS[verb].params if option.param_type_name == "option"]
    assert [option.name for option in options if not getattr(option, "help", None)] == []
    assert VERBS[verb].help


SERVES = "it says where it serves, and ends with Ctrl-C"
FOLLOWS = "it is over in a moment, and says what was done"
PRINTS = "it is over in a moment, and its results are all that it says"

WITHOUT_QUIET = {
    **dict.fromkeys(("aya browse", "aya annotate serve", "aya annotate leaderboard"), SERVES),
    **dict.fromkeys(("aya new", "aya lock", "aya withdraw", "aya annotate new", "aya annotate stop"), FOLLOWS),
    "aya annotate password": FOLLOWS,
    **dict.fromkeys(("aya check", "aya plan", "aya explain", "aya show", "aya stages", "aya languages"), PRINTS),
    **dict.fromkeys(("aya schema", "aya doctor"), PRINTS),
    **dict.fromkeys((f"aya evaluate {verb}" for verb in ("list", "report", "compare")), PRINTS),
    **dict.fromkeys((f"aya evaluate {verb}" for verb in ("blind", "open", "label")), FOLLOWS),
    **dict.fromkeys((f"aya annotate {verb}" for verb in ("check", "server", "status", "report", "export")), PRINTS),
    "aya repeat": "it is for looking at what goes wrong",
}
"""Verbs that have no `--quiet`, with the reason."""

WITHOUT_JSON = {
    **dict.fromkeys(("aya browse", "aya annotate serve", "aya annotate leaderboard"), SERVES),
    **dict.fromkeys(("aya new", "aya lock", "aya annotate new"), "its result is a file, whose name it prints"),
    **dict.fromkeys((f"aya annotate {verb}" for verb in ("check", "password", "stop")), FOLLOWS),
    "aya schema": "it prints JSON",
    "aya repeat": "it is for looking at what goes wrong",
}
"""Verbs that have no `--json`, with the reason."""


def without(flag: str) -> set[str]:
    """Return the verbs that have no such option."""
    return {verb for verb, command in VERBS.items() if not any(flag in option.opts for option in command.params)}


def test_every_verb_that_works_for_long_can_be_quiet() -> None:
    assert without("--quiet") == set(WITHOUT_QUIET)


def test_every_verb_with_results_can_print_them_as_json() -> None:
    assert without("--json") == set(WITHOUT_JSON)


def test_an_interrupted_verb_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit):
        resumable(interrupted)()
    assert capsys.readouterr().err == "stopped; the same command goes on where it stopped\n"


def test_every_other_verb_begins_anew() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    made, group = typer.Typer(cls=Verbs), typer.Typer()
    made.command("one")(interrupted)
    group.command("two")(interrupted)
    group.command("three")(interrupted)
    made.add_typer(group, name="group")
    for words in (["one"], ["group", "two"]):
        done = CliRunner().invoke(made, words)
        said = "stopped; nothing is half-written, the same command begins anew\n"
        assert (done.exit_code, done.stderr) == (1, said)


def test_an_interrupt_that_compiled_code_loses_comes_again() -> None:
    code = """
import ctypes, time
from aya.terminal import hear_interrupts

def interrupted():
    raise KeyboardInterrupt

hear_interrupts()
try:
    ctypes.CFUNCTYPE(None)(interrupted)()
    print("lost")
    time.sleep(60)
except KeyboardInterrupt:
    print("heard")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=True)
    assert (done.stdout, done.stderr) == ("lost\nheard\n", "")


def test_ctrl_c_gives_one_line(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(f'{{"text": "{number * 7919} ọjà ńlá ní Ìbàdàn"}}\n' for number in range(300_000)), "utf-8")
    command = [sys.executable, "-c", "from aya.__main__ import main; main()", "dedup", str(rows), "--columns", "text"]
    running = subprocess.Popen([*command, "--out", str(tmp_path / "out")], stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "out").exists() and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (1, "stopped; the same command goes on where it stopped\n")
