"""From the text of a template to its syntax tree: checked, and with the meter put in.

Only a part of Jinja is taken: what stands alone, computes and ends. The rest is a fault of the
template, found before the first item is seen.
"""

from collections.abc import Callable
from typing import TypeVar

from jinja2 import TemplateSyntaxError, nodes
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer

from aya.errors import unknown
from collection.sandbox import CONCATENATED, COUNTED, WEIGHED, environment
from collection.template_filters import FILTERS, TESTS

Made = TypeVar("Made")

MOST_SOURCE = 100_000  # characters of one template


class TemplateFault(ValueError):
    """A template that can not be used; `line` counts from 1 inside the template."""

    def __init__(self, message: str, *, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


_STATEMENTS = (
    nodes.Output, nodes.If, nodes.For, nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.CallBlock,
    nodes.FilterBlock, nodes.With, nodes.Scope,
)  # fmt: skip


def _check(tree: nodes.Template) -> None:
    """Refuse what no template may hold."""
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Stmt) and not isinstance(node, _STATEMENTS):
            tag = type(node).__name__.lower().replace("fromimport", "from").replace("exprstmt", "do")
            raise TemplateFault(f"'{tag}' is not allowed: a template stands alone", line=node.lineno)
        if isinstance(node, nodes.For) and node.recursive:
            raise TemplateFault("a recursive loop is not allowed", line=node.lineno)
        if isinstance(node, nodes.Getattr | nodes.NSRef) and node.attr.startswith("_"):
            raise TemplateFault(f"attribute '{node.attr}' is not for templates", line=node.lineno)
        for kind, known in ((nodes.Filter, FILTERS), (nodes.Test, TESTS)):
            if isinstance(node, kind) and node.name not in known:
                raise TemplateFault(unknown(kind.__name__.lower(), node.name, known), line=node.lineno)


class _Metered(NodeTransformer):
    """Puts the meter in front of loops, comparisons and `~`."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        node.iter = _through(COUNTED, node.iter)
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        node.expr = _weigh(node.expr)
        for operand in node.ops:
            operand.expr = _weigh(operand.expr)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _through(CONCATENATED, nodes.List(node.nodes, lineno=node.lineno))

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        self.generic_visit(node)
        for pair in node.items:
            pair.key = _weigh(pair.key)
        return node


def metered(tree: nodes.Template) -> nodes.Template:
    """Return the tree with the meter put in; the tree itself is used up."""
    made: nodes.Template = _Metered().visit(tree)
    made.set_environment(environment())
    return made


def _through(name: str, node: nodes.Node) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _weigh(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else _through(WEIGHED, node)


def parse(text: str) -> nodes.Template:
    """Return the syntax tree of a template, checked.

    Raises: TemplateFault.
    """
    if len(text) > MOST_SOURCE:
        raise TemplateFault(f"a template of more than {MOST_SOURCE} characters")
    return _guarded(lambda: _parsed(environment().parse(text)))


def parse_condition(text: str) -> list[nodes.Template]:
    """Return a template for each part between the `and`s of an expression; it prints something if the part is true.

    Raises: TemplateFault.
    """
    return _guarded(lambda: [_parsed(_printing(part)) for part in _conjuncts(_expression(text))])


def _parsed(tree: nodes.Template) -> nodes.Template:
    tree.set_environment(environment())
    _check(tree)
    return tree


def _expression(text: str) -> nodes.Expr:
    parser = Parser(environment(), text, state="variable")
    expression = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError(f"'{parser.stream.current.value}' is one too many", parser.stream.current.lineno)
    return expression


def _conjuncts(expression: nodes.Expr) -> list[nodes.Expr]:
    if isinstance(expression, nodes.And):
        return [*_conjuncts(expression.left), *_conjuncts(expression.right)]
    return [expression]


def _printing(expression: nodes.Expr) -> nodes.Template:
    yes = nodes.Output([nodes.TemplateData("1", lineno=1)], lineno=1)
    return nodes.Template([nodes.If(expression, [yes], [], [], lineno=1)], lineno=1)


def _guarded(work: Callable[[], Made]) -> Made:
    try:
        return work()
    except TemplateFault:
        raise
    except TemplateSyntaxError as error:
        raise TemplateFault(str(error.message), line=error.lineno) from error
    except (RecursionError, MemoryError) as error:
        raise TemplateFault("nested too deeply") from error
    except Exception as error:  # Python's own limits, such as integers of 5,000 digits
        raise TemplateFault(f"not a template: {error}") from error
