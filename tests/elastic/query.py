"""What Elasticsearch answers to a query: an interpreter of those nodes of its query language that Argilla writes.

Written after Elastic's reference of the query language alone; it knows nothing of Argilla. Texts are cut as the
analyzer `standard` cuts scripts with spaces.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

Node = Mapping[str, Any]
Document = Mapping[str, Any]

_NUMBERS = ("integer", "long", "float")


class Mapped:
    """The fields of an index, each with its type, by dotted names."""

    def __init__(self, properties: Node) -> None:
        self.types: dict[str, str] = {}
        self.add(properties)

    def add(self, properties: Node, above: str = "") -> None:
        """Add the properties of a mapping."""
        for name, settings in properties.items():
            self.types[above + name] = settings.get("type", "object")
            self.add(settings.get("properties", {}), f"{above}{name}.")

    def comparable(self, field: str, value: Any) -> Any:
        """Return a value as the field compares it: numbers by size, keywords letter by letter, dates by time."""
        kind = self.types.get(field)
        if kind in _NUMBERS:
            return float(value)
        if kind == "date_nanos":
            return datetime.fromisoformat(str(value)).replace(tzinfo=None)
        return str(value)


def values(document: Document, field: str) -> list[Any]:
    """Return all values of a field; what is nested counts at the root too (`include_in_root`)."""
    found: list[Any] = [document]
    for part in field.split("."):
        found = [inner for value in found for inner in _inside(value, part)]
    return [each for value in found for each in (value if isinstance(value, list) else [value]) if each is not None]


def _inside(value: Any, part: str) -> list[Any]:
    if isinstance(value, list):
        return [inner for each in value for inner in _inside(each, part)]
    if not isinstance(value, Mapping):
        return []
    return [*value.values()] if part == "*" else [value[part]] if part in value else []


def matches(mapped: Mapped, document: Document, node: Node) -> bool:
    """Return whether a document answers a query."""
    ((kind, body),) = node.items()

    def holds(inner: Node) -> bool:
        return matches(mapped, document, inner)

    match kind:
        case "match_all":
            return True
        case "bool":
            return _bool(body, holds)
        case "function_score":
            return holds(body["query"])
        case "ids":
            return document["id"] in body["values"]
        case "exists":
            return bool(values(document, body["field"]))
        case "nested":
            path = body["path"]
            return any(matches(mapped, {path: each}, body["query"]) for each in values(document, path))
        case "term" | "terms" | "range":
            ((field, wanted),) = body.items()
            given = [mapped.comparable(field, value) for value in values(document, field)]
            if kind == "range":
                bounds = {name: mapped.comparable(field, bound) for name, bound in wanted.items()}
                return any(bounds.get("gte", value) <= value <= bounds.get("lte", value) for value in given)
            asked = wanted if kind == "terms" else [wanted["value"] if isinstance(wanted, Mapping) else wanted]
            return bool({mapped.comparable(field, value) for value in asked} & {*given})
        case "simple_query_string":
            texts = [tokens(str(text)) for field in body["fields"] for text in values(document, field)]
            return simple_query(body["query"], lambda phrase: any(_has(text, tokens(phrase)) for text in texts))
    raise ValueError(f"no query {kind}")


def _bool(body: Node, holds: Callable[[Node], bool]) -> bool:
    clauses = {name: [part] if isinstance(part, Mapping) else part for name, part in body.items() if name != _LEAST}
    needed = [*clauses.get("must", ()), *clauses.get("filter", ())]
    least = body.get(_LEAST, 0 if needed or "should" not in clauses else 1)
    return (
        all(holds(part) for part in needed)
        and not any(holds(part) for part in clauses.get("must_not", ()))
        and sum(holds(part) for part in clauses.get("should", ())) >= least
    )


_LEAST = "minimum_should_match"


def tokens(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return re.findall(r"\w+", text.lower())


def _has(text: Sequence[str], phrase: Sequence[str]) -> bool:
    return any([*text[at : at + len(phrase)]] == [*phrase] for at in range(len(text)))


def simple_query(query: str, has: Callable[[str], bool]) -> bool:
    """Return whether a simple query string with AND as its default holds; operators join from the left."""
    found: bool | None = None
    either, rest = False, re.findall(r'\||-?\(|-?"[^"]*"|\)|[^\s|()]+', query)
    while rest:
        token = rest.pop(0)
        if token == "|":
            either = True
            continue
        if token.lstrip("-") == "(":
            inner, depth = list[str](), 1
            while rest and depth:
                inner.append(rest.pop(0))
                depth += (inner[-1].lstrip("-") == "(") - (inner[-1] == ")")
            holds = simple_query(" ".join(inner[:-1]), has)
        else:
            holds = has(token.strip('-"'))
        holds = holds != token.startswith("-")
        found = holds if found is None else (found or holds) if either else (found and holds)
        either = False
    return bool(found)


def ordered(mapped: Mapped, documents: Iterable[Document], body: Node) -> list[Document]:
    """Return documents in the order that a search asks for: by fields, the missing last, or shuffled by a seed."""
    made = sorted(documents, key=lambda document: str(document["id"]))
    for order in reversed(body.get("sort") or ()):
        ((field, how),) = order.items()
        made = _by(mapped, made, field, how if isinstance(how, Mapping) else {"order": how})
    score = body.get("query", {}).get("function_score")
    if score and not body.get("sort"):
        seed = score["functions"][0]["random_score"]["seed"]
        made.sort(key=lambda document: zlib.crc32(f"{seed} {document['id']}".encode()))
    return made


def _by(mapped: Mapped, documents: Sequence[Document], field: str, how: Node) -> list[Document]:
    def key(document: Document) -> Any:
        inside = [document]
        if nested := how.get("nested"):
            path = nested["path"]
            inside = [{path: each} for each in values(document, path)]
            inside = [each for each in inside if "filter" not in nested or matches(mapped, each, nested["filter"])]
        found = [mapped.comparable(field, value) for each in inside for value in values(each, field)]
        if not found:
            return None
        if how.get("mode") == "avg" and isinstance(found[0], float):
            return sum(found) / len(found)
        return max(found) if how["order"] == "desc" else min(found)

    keys = {id(document): key(document) for document in documents}
    there = [document for document in documents if keys[id(document)] is not None]
    there.sort(key=lambda document: keys[id(document)], reverse=how["order"] == "desc")
    return there + [document for document in documents if keys[id(document)] is None]


def aggregated(mapped: Mapped, documents: Sequence[Document], node: Node) -> Any:
    """Return what an aggregation says of documents."""
    ((kind, body),) = node.items()
    found = [values(document, body["field"]) for document in documents]
    if kind == "value_count":
        return {"value": sum(map(len, found))}
    if kind == "terms":
        counts = Counter(value for given in found for value in {*given})
        best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: body.get("size", 10)]
        return {"buckets": [{"key": value, "doc_count": num} for value, num in best]}
    assert kind == "stats", kind
    numbers = [mapped.comparable(body["field"], value) for given in found for value in given]
    return {"count": len(numbers), "min": min(numbers, default=None), "max": max(numbers, default=None)}
