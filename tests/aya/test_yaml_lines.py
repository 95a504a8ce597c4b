import pytest

from aya.yaml_lines import YamlError, parse


def test_every_value_knows_its_line() -> None:
    data, lines = parse("name: x\nstages:\n  - use: a\n    least: 1\n  - use: b\n")
    assert data == {"name": "x", "stages": [{"use": "a", "least": 1}, {"use": "b"}]}
    assert lines["stages", 0, "least"] == 4
    assert lines["stages", 1, "use"] == 5


def test_a_missing_value_has_the_line_of_what_should_hold_it() -> None:
    _, lines = parse("name: x\nstages:\n  - use: a\n")
    assert lines["stages", 0, "most"] == 3
    assert lines["release", "version"] == 1


def test_dates_and_norwegian_stay_texts() -> None:
    data, _ = parse("revision: 2026-11-01\nlanguages: [no, on, yes]\nlocked: true\nleast: 0.5\n")
    assert data == {"revision": "2026-11-01", "languages": ["no", "on", "yes"], "locked": True, "least": 0.5}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("name: x\nname: y\n", 2, "a second time"),
        ("name: x\n bad: [\n", 2, "a ':' too many; quote a text that has one, or look at the indentation"),
        ("a:\n    b: 1\n   c: 2\n", 3, "the line does not begin below those that it belongs to"),
        ("a: !!python/object/apply:os.system [id]\n", 1, "could not determine a constructor"),
        ("a: &a [*a]\n", 1, "too deep"),
        ("stages:\n\t- use: a\n", 2, "a tab; YAML is indented by spaces"),
        ("a: 1\nb:\n  - {use: x\n  - {use: y}\n", 3, "a '{' without its '}', or a comma is missing after it"),
        ("a: [1, 2\nb: 3\n", 1, r"a '\[' without its '\]'"),
        ("a: 'it\nb: 1\n", 1, "a quote that is never closed"),
        ("a: 'it's'\n", 1, "quote the whole text"),
        ("name: x\nstages\n  - use: a\n", 3, "expected ':', here or on the line before"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(YamlError, match=says) as caught:
        parse(text)
    assert caught.value.line == line


def test_an_alias_bomb_is_refused() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(YamlError, match="too many values"):
        parse("\n".join(rows))
