"""The site of the documentation: whole, without broken links, and asking no other computer for anything."""

import html
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import pytest
from pydantic import BaseModel, Field, create_model

from aya.stage import InputFiles, load, names
from aya.table import SCHEMA
from docs.build_site import DOCS, build
from docs.reference import commands, settings
from docs.value_types import words

PLUG_INS = names("STAGES") | names("SOURCES")


class Range(BaseModel):
    least: int = 0


pytestmark = pytest.mark.xdist_group("site")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built site."""
    return build(tmp_path_factory.mktemp("site"))


def section(page: str, start: str) -> str:
    """Return what stands below the heading of an anchor."""
    return page.partition(f'id="{start}"')[2].partition("<h2")[0]


def test_every_setting_of_every_plug_in_is_in_the_reference(site: Path) -> None:
    page = (site / "reference/stages.html").read_text(encoding="utf-8")
    for name, target in PLUG_INS.items():
        below = section(page, name).partition("<h3")[0]
        assert below, name
        for setting, _ in settings(load(target)):
            row = below.partition(f"<td><code>{setting}</code></td>")[2].partition("</tr>")[0]
            takes = re.findall(r"<td>(.*?)</td>", row, re.DOTALL)[0]
            assert re.match(r"<code>|text|(whole )?number|true or false|list of|mapping", takes), f"{name} {setting}"
            assert "." in setting or not row.rstrip().endswith("<td></td>"), f"{name} {setting}"


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (Annotated[int, Field(ge=1)], "whole number, 1 or more"),
        (Annotated[float, Field(gt=0, le=1)], "number, above 0, 1 or less"),
        (Annotated[float, Field(ge=0, le=1)] | None, "number, 0 to 1"),
        (Literal["flag", "drop"], "`flag` or `drop`"),
        (Annotated[tuple[str, ...], Field(min_length=1)], "list of text, not empty"),
        (dict[str, tuple[str, ...]], "mapping to list of text"),
        (InputFiles, "text or list of text"),
        (bool, "true or false"),
        (Range, "mapping"),
    ],
)
def test_what_a_setting_takes_is_said_in_words(annotation: Any, said: str) -> None:
    assert words(create_model("Some", one=(annotation, ...)).model_fields["one"]) == said


def test_every_option_of_every_verb_is_in_the_reference(site: Path) -> None:
    page = (site / "reference/commands.html").read_text(encoding="utf-8")
    for name, command in commands():
        below = section(page, name.replace(" ", "-"))
        assert below, name
        flags = [flag for option in command.params if option.param_type_name == "option" for flag in option.opts]
        assert [flag for flag in flags if f"<code>{flag}</code>" not in below] == [], name


def test_every_column_of_a_record_is_in_the_reference(site: Path) -> None:
    page = (site / "reference/record.html").read_text(encoding="utf-8")
    assert [name for name in SCHEMA.names if f"<code>{name}</code>" not in page] == []


def test_every_page_is_in_the_navigation() -> None:
    said = re.findall(r'"([\w/]+\.md)"', (DOCS / "zensical.toml").read_text(encoding="utf-8"))
    known = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"README.md"} | {"index.md"}
    assert {page for page in said if not page.startswith("reference/")} == known
    assert tomllib.loads((DOCS / "zensical.toml").read_text(encoding="utf-8"))["project"]["theme"]["font"] is False


def test_no_link_of_the_site_leads_nowhere(site: Path) -> None:
    for page in sorted(site.rglob("*.html")):
        if page.name == "404.html":  # its links are those of the place where it will lie
            continue
        for target in re.findall(r'(?:href|src)="([^"]+)"', page.read_text(encoding="utf-8")):
            parts = urlsplit(html.unescape(target))
            if not parts.scheme and parts.path:
                assert (page.parent / unquote(parts.path)).exists(), f"{page.relative_to(site)}: {target}"


def test_the_site_asks_no_other_computer(site: Path) -> None:
    for page in sorted(site.rglob("*.html")):
        written = page.read_text(encoding="utf-8")
        tags = re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*>", written)
        outside = [tag for tag in tags if re.search(r'(?:src|href)="(?:https?:)?//', tag)]
        assert [tag for tag in outside if 'rel="canonical"' not in tag] == [], page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name
