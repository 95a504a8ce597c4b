"""Every verb has help with an example that it would take, and Ctrl-C gives one line."""

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

from aya.cli import app
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


def test_an_interrupted_verb_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit):
        resumable(interrupted)()
    assert capsys.readouterr().err == "stopped; the same command goes on where it stopped\n"


def test_ctrl_c_gives_one_line(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(f'{{"text": "{number * 7919} ọjà ńlá ní Ìbàdàn"}}\n' for number in range(300_000)), "utf-8")
    command = [sys.executable, "-c", "from aya.cli import main; main()", "dedup", str(rows), "--columns", "text"]
    running = subprocess.Popen([*command, "--out", str(tmp_path / "out")], stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "out").exists() and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (1, "stopped; the same command goes on where it stopped\n")
