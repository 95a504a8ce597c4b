"""Render one template with one item: a prompt and its completion, or a reason why not."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from jinja2 import UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context

from collection.sandbox import NullValue, environment
from collection.template_filters import CHANGING, FUNCTIONS, METER, RANDOM
from collection.template_limits import MOST_TEXT, Meter, TooLarge, TooManySteps
from collection.template_syntax import TemplateFault, metered, parse, parse_condition

SEPARATOR = "\ufdd0"
"""Stands between prompt and completion while a template is rendered; Unicode keeps it free for that."""

Root = Callable[[Context], Iterator[str]]


class Failure(Exception):
    """A rendering that failed: a countable `reason`, and a message."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Rendered(NamedTuple):
    """A prompt and its completion."""

    inputs: str
    targets: str


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (UndefinedError, "undefined variable"),
    (NullValue, "null value"),
    (TooLarge, "output too large"),
    (MemoryError, "output too large"),
    (TooManySteps, "too slow"),
    (SecurityError, "refused by the sandbox"),
    (RecursionError, "refused by the sandbox"),
    (Exception, "error"),
)
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def failure(error: Exception) -> Failure:
    """Return an error of a template as one of a few reasons, with its message."""
    reason = next(reason for kind, reason in _REASONS if isinstance(error, kind))
    message = _ADDRESS.sub("", f"{type(error).__name__}: {error}")
    return Failure(reason, message[:300])


class Program:
    """A template, compiled: `inputs`, the separator and `targets` as one text.

    So what the prompt sets or draws, the completion sees. `answer_choices` is a template of its own,
    whose parts the template sees as a list.
    """

    def __init__(self, text: str, *, answer_choices: str | None = None) -> None:
        tree = parse(text)
        self._text = text
        self._plain = None if answer_choices is not None else _plain(tree)
        self._changes = any(node.attr in CHANGING for node in tree.find_all(nodes.Getattr))
        self.reads = frozenset(_reads(tree) if self._plain is None else self._plain[1])
        """Names of the variables that it looks up."""
        self._choices: Root | None = None
        if answer_choices is not None:
            choices = parse(answer_choices)
            self.reads |= _reads(choices)
            self._choices = _compiled(choices)
        if self._plain is None:
            self._root = _compiled(tree)

    @cached_property
    def _root(self) -> Root:
        """The compiled template; a plain one rarely needs it, and compiling is what takes time."""
        return _compiled(parse(self._text))

    def render(self, variables: Mapping[str, Any], *, meter: Meter) -> Rendered:
        """Return the prompt and the completion, without white space around them.

        Raises: Failure.
        """
        try:
            text = self._fast(variables)
            if text is None:
                text = self._render(variables, meter)
        except Exception as error:
            raise failure(error) from error
        return _cut(text)

    def _fast(self, variables: Mapping[str, Any]) -> str | None:
        """Return the text if the template only names variables and all of them are texts."""
        if self._plain is None:
            return None
        texts, names = self._plain
        values = [variables.get(name) for name in names]
        if any(type(value) is not str for value in values):
            return None
        parts = [*texts]
        parts[1::2] = values  # type: ignore[assignment]  # all of them are texts, as checked
        if sum(map(len, parts)) > MOST_TEXT:
            raise TooLarge(f"an output of more than {MOST_TEXT} characters")
        return "".join(parts)

    def _render(self, variables: Mapping[str, Any], meter: Meter) -> str:
        own = copy.deepcopy(dict(variables)) if self._changes else variables
        names: dict[str, Any] = {**FUNCTIONS, **own, METER: meter}
        if self._choices is not None:
            names["answer_choices"] = [part.strip() for part in _run(self._choices, names).split(SEPARATOR)]
        return _run(self._root, names)


class Condition:
    """An expression over the columns of an item, compiled.

    Its parts between `and` are asked in order; the answer of a part that reads one column is kept for the
    next item with the same text there.
    """

    MOST_KEPT = 10_000  # answers of one part

    def __init__(self, text: str) -> None:
        trees = parse_condition(text)
        if any(node.name in RANDOM for tree in trees for node in tree.find_all(nodes.Filter)):
            raise TemplateFault("a condition is not random")
        reads = [sorted(_reads(tree)) for tree in trees]
        self.reads = frozenset(name for names in reads for name in names)
        """Names of the variables that it looks up."""
        self._parts: list[tuple[Root, str | None, dict[str, bool]]] = [
            (_compiled(tree), names[0] if len(names) == 1 else None, {})
            for tree, names in zip(trees, reads, strict=True)
        ]

    def __call__(self, variables: Mapping[str, Any]) -> bool:
        """Tell whether it holds.

        Raises: Failure.
        """
        for root, name, known in self._parts:
            value = None if name is None else variables.get(name)
            holds = known.get(value) if type(value) is str else None
            if holds is None:
                holds = _holds(root, variables)
                if type(value) is str and len(known) < self.MOST_KEPT:
                    known[value] = holds
            if not holds:
                return False
        return True


def _holds(root: Root, variables: Mapping[str, Any]) -> bool:
    try:
        return bool(_run(root, {**FUNCTIONS, **variables, METER: Meter(seed=0, name="")}))
    except Exception as error:
        raise failure(error) from error


def _cut(text: str) -> Rendered:
    parts = text.split(SEPARATOR)
    if len(parts) == 1:
        blank = not text.strip()
        raise Failure("does not apply" if blank else "no targets", "the template printed no separator")
    inputs, targets = parts[0].strip(), parts[1].strip()
    if not inputs:
        raise Failure("empty inputs", "the prompt is empty")
    if not targets:
        raise Failure("empty targets", "the completion is empty")
    return Rendered(inputs, targets)


def _run(root: Root, names: dict[str, Any]) -> str:
    chunks, size = [], 0
    for chunk in root(Context(environment(), names, None, {})):
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_TEXT:
            raise TooLarge(f"an output of more than {MOST_TEXT} characters")
    return "".join(chunks)


def _compiled(tree: nodes.Template) -> Root:
    try:
        code = environment().compile(metered(tree))
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise TemplateFault("nested too deeply") from error
    except Exception as error:
        raise TemplateFault(str(error)) from error
    root: Root = environment().template_class.from_code(environment(), code, {}).root_render_func
    return root


def _reads(tree: nodes.Template) -> set[str]:
    try:
        return find_undeclared_variables(tree) - set(FUNCTIONS)
    except Exception as error:
        raise TemplateFault(str(error)) from error


def _plain(tree: nodes.Template) -> tuple[list[str], list[str]] | None:
    """Return the texts and names of a template that has nothing else, texts at the even places."""
    texts, names = [""], []
    for statement in tree.body:
        if not isinstance(statement, nodes.Output):
            return None
        for node in statement.nodes:
            if isinstance(node, nodes.TemplateData):
                texts[-1] += node.data
            elif isinstance(node, nodes.Name) and node.name not in FUNCTIONS:
                names.append(node.name)
                texts += ["", ""]
            else:
                return None
    return texts, names
