"""Messages of Django: read from its catalogues without running it."""

import struct
import subprocess
import sys
from typing import Any

import pytest

from aya.stage import Part
from collection.catalogues import Entry, Gettext, entries


def catalogue(pairs: dict[str, str], order: str = "<") -> bytes:
    """Return a compiled catalogue with the given raw entries."""
    texts = [text.encode() for text in (*pairs, *pairs.values())]
    num, start, tables = len(pairs), 28 + 16 * len(pairs), b""
    for text in texts:
        tables += struct.pack(f"{order}2I", len(text), start)
        start += len(text) + 1
    head = struct.pack(f"{order}7I", 0x950412DE, 0, num, 28, 28 + 8 * num, 0, 0)
    return head + tables + b"\0".join(texts) + b"\0"


RUSSIAN = "Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2);\n"


@pytest.mark.parametrize("order", ["<", ">"])
def test_an_entry_is_a_message_its_context_or_a_singular_and_a_plural(order: str) -> None:
    content = catalogue(
        {
            "": f"Content-Type: text/plain; charset=UTF-8\n{RUSSIAN}",
            "May": "Май",
            "month\x04May": "мая",
            "%(n)d day\0%(n)d days": "%(n)d день\0%(n)d дня\0%(n)d дней",
        },
        order,
    )
    assert list(entries(content)) == [
        Entry(None, ("May",), ("Май",)),
        Entry("month", ("May",), ("мая",)),
        Entry(None, ("%(n)d day", "%(n)d days"), ("%(n)d день", "%(n)d дней")),
    ]


def test_a_language_without_plural_gives_one_item() -> None:
    header = {"": "Plural-Forms: nplurals=1; plural=0;\n"}
    assert list(entries(catalogue(header | {"day\0days": "日"}))) == [Entry(None, ("days",), ("日",))]


def messages(locale: str) -> list[dict[str, Any]]:
    reader = Gettext()
    [part] = [part for part in reader.parts() if part.name == locale]
    return [row for table in reader.read(part) for row in table.to_pylist()]


def test_a_message_comes_with_its_translation_and_where_it_is_from() -> None:
    [row] = [row for row in messages("am") if row["message"] == "Are you sure?"]
    assert row["_key"].startswith("contrib.admin/django/")
    assert {name: row[name] for name in ("locale", "translation", "context", "app")} == {
        "locale": "am",
        "translation": "እርግጠኛ ነህ?",
        "context": None,
        "app": "contrib.admin",
    }


@pytest.mark.parametrize("locale", ["am", "ar", "hi", "my", "te", "th", "zh_Hans", "sr_Latn"])
def test_keys_are_unique_and_every_message_is_translated(locale: str) -> None:
    found = messages(locale)
    assert len({row["_key"] for row in found}) == len(found) > 0
    assert all(row["translation"].strip() and row["message"].strip() for row in found)


def test_english_gives_only_what_differs() -> None:
    assert messages("en") == []
    assert [row["translation"] for row in messages("en_AU")][1] == "Authentication and Authorisation"


def test_a_limit_is_exact() -> None:
    assert [len(table) for table in Gettext().read(Part(name="hi", digest=""), limit=5)] == [5]


def test_its_facts_are_those_of_the_installed_package() -> None:
    facts = Gettext().facts()
    assert facts["license"] == "BSD-3-Clause"
    assert facts["revision"].startswith("django ")


def test_django_is_not_imported() -> None:
    code = (
        "import sys; from collection.catalogues import Gettext; reader = Gettext(); reader.facts();"
        "list(reader.read(reader.parts()[0])); sys.exit('django' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
