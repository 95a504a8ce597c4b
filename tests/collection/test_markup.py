import json

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from aya.table import records
from collection.markup import PATTERNS, Artefact, Markup


def judge(text: str, *artefacts: Artefact) -> tuple[str, str] | None:
    stage = Markup(artefacts=artefacts) if artefacts else Markup()
    judged = stage(records([{"id": "1", "inputs": "ìbéèrè", "targets": text}]))
    if not judged["drop"][0].is_valid:
        return None
    evidence = json.loads(judged["evidence"][0].as_py())
    assert evidence["field"] == "targets"
    return judged["drop"][0].as_py().removeprefix("collection.markup: "), evidence["found"]


@pytest.mark.parametrize(
    ("text", "artefact", "found"),
    [
        ("ላይ <unk> ነው", "special token", "<unk>"),
        ("ଏହା ⁇ ଅଟେ", "special token", "⁇"),
        ("oghi<|endoftext|>", "special token", "<|endoftext|>"),
        ("Dahun {{ question }} ni", "template braces", "{{ question }}"),
        ("{% if answer %}是{% endif %}", "template braces", "{% if answer %}"),
        ("BarÃ§a", "mojibake", "Ã§"),
        ("o\ufffd l'ordinateur", "replacement character", "\ufffd"),
        ("\u0084Oni su odlučni", "control character", "\u0084"),
        ("kañpüle\x02", "control character", "\x02"),
    ],
)
def test_artefacts_of_machines_go(text: str, artefact: str, found: str) -> None:
    assert judge(text) == (artefact, found)


@pytest.mark.parametrize(
    "text",
    [
        "a < b, c > d; {x | x > 0}; f = {1: {2: 3}}; 100% sûr",
        "<strong>Ẹ jọ̀ọ́</strong> %(name)s &amp; {0}",
        "tab\there, line\r\nfeed\u0085, joiner க்\u200cஷ, mark \u200f, 👨\u200d👩\u200d👧",
        "\\frac{a}{{b}}"[:9],
        "[MASK] ni olu ilu",
        "```\ncode",
    ],
)
def test_the_default_leaves_code_messages_and_joiners(text: str) -> None:
    assert judge(text) is None


@pytest.mark.parametrize(
    ("text", "artefact", "found"),
    [
        ("<p>Ẹ jọ̀ọ́</p>", "HTML tag", "<p>"),
        ('สวัสดี <a href="x">', "HTML tag", '<a href="x">'),
        ("&quot;सीखना&quot;", "HTML entity", "&quot;"),
        ("it&#x27;s", "HTML entity", "&#x27;"),
        ("Hello %(name)s", "placeholder", "%(name)s"),
        ("Hello {0}", "placeholder", "{0}"),
        ("%1$s", "placeholder", "%1$s"),
        ("```py\nx", "open code fence", "```"),
    ],
)
def test_more_kinds_go_if_asked(text: str, artefact: Artefact, found: str) -> None:
    assert judge(text, artefact) == (artefact, found)


@pytest.mark.parametrize(
    ("text", "artefact"),
    [
        ("a <b c", "HTML tag"),
        ("<unknown>", "HTML tag"),
        ("R&D; AT&T", "HTML entity"),
        ("x&notaname;", "HTML entity"),
        ("100 % sûr, 5% de", "placeholder"),
        ("```py\nx\n```", "open code fence"),
    ],
)
def test_what_only_looks_alike_stays(text: str, artefact: Artefact) -> None:
    assert judge(text, artefact) is None


def test_fields_can_be_chosen() -> None:
    rows = records([{"id": "1", "inputs": "<unk>", "targets": "a"}])
    assert Markup(fields=("targets",))(rows)["drop"].to_pylist() == [None]


@given(st.text("<unk>/pb{}% ()[]&;#x3s`\n⁇\ufffdÃ©\x01a\u0084", max_size=20))
def test_both_engines_read_the_patterns_alike(text: str) -> None:
    for pattern in PATTERNS.values():
        found = pc.match_substring_regex(pa.array([text]), pattern)[0].as_py()
        assert found == (regex.search(pattern, text) is not None)
