"""YAML with line numbers: the data, and the line on which each part of it stands."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

DEEPEST, MOST_VALUES = 50, 100_000
"""Limits of a file that people write; an alias bomb goes beyond them at once."""

_PLAIN = {
    "found character '\\t' that cannot start any token": "a tab; YAML is indented by spaces",
    "expected <block end>, but found '<scalar>'": "quote the whole text, or look at the indentation",
    "could not find expected ':'": "could not find expected ':', here or on the line before",
    "mapping values are not allowed here": "a ':' too many; quote a text that has one, or look at the indentation",
    **{
        f"expected <block end>, but found '{sign}'": "the line does not begin below those that it belongs to"
        for sign in ("<block mapping start>", "<block sequence start>", "-")
    },
}
"""What the parser says, in words that help."""

_OPEN = {
    "while parsing a flow mapping": "a '{' without its '}', or a comma is missing after it",
    "while parsing a flow sequence": "a '[' without its ']', or a comma is missing after it",
    "while scanning a quoted scalar": "a quote that is never closed, or one inside a quoted text",
}
"""The same of what begins on a line and does not end well, by where the parser is."""

Place = tuple[str | int, ...]
"""Where a value stands: `("stages", 2, "least")`."""


class _Loader(yaml.SafeLoader):
    """Safe YAML as people mean it: a date is a text, and `no` is Norwegian; only true and false are booleans."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


class Lines(Mapping[Place, int]):
    """The line (from 1) of every value; of a missing one, the line of what should hold it."""

    def __init__(self, found: Mapping[Place, int]) -> None:
        self._found = dict(found)

    def __getitem__(self, place: Place) -> int:
        """Return the line of the value, or of the nearest one around it."""
        while place and place not in self._found:
            place = place[:-1]
        return self._found.get(place, 1)

    def __iter__(self) -> Any:
        """Iterate over the places."""
        return iter(self._found)

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self._found)


class YamlError(ValueError):
    """The text is no YAML, or says a key twice; `line` counts from 1."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


def parse(text: str) -> tuple[Any, Lines]:
    """Return the data of one YAML document (safe types only) and the lines of its parts.

    Raises: YamlError.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        if node is not None:
            _walk(node, (), lines)
        return (None if node is None else loader.construct_document(node)), Lines(lines)
    except yaml.MarkedYAMLError as error:
        raise _told(error) from error
    except yaml.YAMLError as error:
        raise YamlError(str(error).splitlines()[0], line=1) from error
    finally:
        loader.dispose()


def _told(error: yaml.MarkedYAMLError) -> YamlError:
    """Return what is wrong in words that help, with the line to mend."""
    if error.context in _OPEN and error.context_mark:
        return YamlError(_OPEN[error.context], line=error.context_mark.line + 1)
    mark = error.problem_mark or error.context_mark
    said = str(error.problem or error.context)
    return YamlError(_PLAIN.get(said, said), line=mark.line + 1 if mark else 1)


def _walk(node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    lines[place] = node.start_mark.line + 1
    if len(place) > DEEPEST or len(lines) > MOST_VALUES:
        raise YamlError("too deep or too many values (do aliases repeat themselves?)", line=lines[place])
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*place, str(key.value))
            if below in lines:
                raise YamlError(f"key '{key.value}' stands here a second time", line=key.start_mark.line + 1)
            _walk(value, below, lines)
            lines[below] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*place, index), lines)
