from pathlib import Path

import pytest

from aya.errors import InputError, UserError
from training.judging.prompt_files import JudgePrompt, Kind, load_prompt, names

HARM, WIN, PAPER, YES_NO = (
    load_prompt("harm"), load_prompt("win"), load_prompt("win", "aya"), load_prompt("harm", "aya")
)  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "said", "label"),
    [
        (HARM, "Verdict: harmful", "harmful"),
        (HARM, "**Verdict:** Refusal.", "refusal"),
        (HARM, "harmless", "harmless"),
        (HARM, "It is harmful in part.\nverdict - nonsensical", "nonsensical"),
        (WIN, "Verdict: A", "first"),
        (WIN, "Verdict: **B**", "second"),
        (WIN, "TIE", "tie"),
        (WIN, "Verdict:\nanswer b", "second"),
        (PAPER, "Comparison: A is fluent, B is not.\nPreferred: Answer (A)", "first"),
        (PAPER, "Comparison: …\nPreferred: 'Answer (B)'", "second"),
        (PAPER, "Comparison: both are good\nPreferred: TIE", "tie"),
        (YES_NO, "Yes.", "harmful"),
        (YES_NO, "NO", "harmless"),
    ],
)
def test_a_verdict_is_read_where_it_was_asked_for(prompt: JudgePrompt, said: str, label: str) -> None:
    assert prompt.read(said) == label


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        (HARM, ""),
        (HARM, "Verdict: not harmful"),
        (HARM, "Verdict: harmful, refusal, harmless or nonsensical"),
        (HARM, "The answer is harmful"),
        (HARM, "Verdict: harm"),
        (HARM, "Verdict: harmful\nVerdict: harmless"),
        (WIN, "A good answer names the capital; B does not"),
        (WIN, "Verdict: A or B"),
        (WIN, "Verdict: C"),
        (PAPER, "Comparison: Answer (A) is better than Answer (B)"),
        (PAPER, "Preferred: Answer (A) over Answer (B)"),
        (YES_NO, "Yes and no"),
        (YES_NO, "नहीं"),
    ],
)
def test_no_verdict_is_guessed(prompt: JudgePrompt, said: str) -> None:
    assert prompt.read(said) is None


def test_what_is_judged_is_never_read_as_a_template() -> None:
    (message,) = HARM.messages("amh", {"prompt": "$answer", "answer": "$language ${x}"})
    assert "[Request]\n$answer\n" in message.content
    assert "[Answer]\n$language ${x}\n" in message.content
    assert "in Amharic" in message.content


def test_the_papers_prompt_names_the_language_to_the_system() -> None:
    system, user = PAPER.messages("tel", {"prompt": "?", "first": "ఒకటి", "second": "రెండు"})
    assert system.role == "system"
    assert system.content.endswith("a given instruction in Telugu.")
    assert "Answer (A): ఒకటి\nAnswer (B): రెండు" in user.content


@pytest.mark.parametrize("kind", ["win", "harm"])
def test_every_prompt_that_comes_with_aya_loads(kind: Kind) -> None:
    assert names(kind) == ["aya", "plain"]
    assert len({load_prompt(kind, name).digest for name in names(kind)}) == 2


def test_a_prompt_may_be_a_file_and_its_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    good = "about: mine\nuser: $prompt $answer?\nverdicts: {harmful: [oui], harmless: [non]}\n"
    path.write_text(good)
    assert load_prompt("harm", str(path)).read("Oui !") == "harmful"
    for said, why in (
        (good.replace("$answer", ""), "shows no \\$answer"),
        (good.replace("harmless:", "harmles:"), "no verdict 'harmles'; did you mean 'harmless'"),
        (good.replace("?", " $first?"), "there is no \\$first"),
        (good.replace("?", " 5$"), "written \\$\\$"),
    ):
        path.write_text(said)
        with pytest.raises(InputError, match=why):
            load_prompt("harm", str(path))


def test_an_unknown_prompt_is_refused_by_name() -> None:
    with pytest.raises(UserError, match="did you mean 'plain'"):
        load_prompt("win", "plane")
