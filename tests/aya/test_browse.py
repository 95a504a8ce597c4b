import csv
import http.client
import io
import json
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

import polars as pl
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from aya.browse import search
from aya.browse.desk import Desk
from aya.browse.pattern import exact, loose
from aya.browse.question import asked
from aya.browse.search import Search
from aya.browse.server import HEADERS, Server
from aya.errors import UserError
from aya.table import SCHEMA
from tests.workshop import QUESTIONS, Workshop

ENGLISH = {"q": "=1+1 What is the capital of Kenya?", "a": "Nairobi.", "l": "eng"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Return a built collection in which every question came twice, and one row has the wrong script."""
    workshop = Workshop(tmp_path_factory.mktemp("browse"))
    workshop.rows([*QUESTIONS, *QUESTIONS, ENGLISH, QUESTIONS[0] | {"l": "ara"}])
    workshop.recipe(stages=[{"use": name} for name in ("collection.repetition", "collection.script", "dedup.exact")])
    workshop.build()
    return workshop


@pytest.fixture(scope="module")
def server(built: Workshop) -> Iterator[Server]:
    """Yield a server over the collection, on a free port."""
    with Server(Desk(built.version())) as opened:
        threading.Thread(target=opened.serve_forever, daemon=True).start()
        yield opened
        opened.shutdown()


def get(server: Server, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def told(server: Server, path: str) -> Any:
    return json.loads(get(server, path)[2])


def found(built: Workshop, **filters: Any) -> list[dict[str, Any]]:
    version = built.version()
    pages: list[dict[str, Any]] = Search(version, asked(urlencode(filters, doseq=True), version)).page(seconds=60)[
        "rows"
    ]
    return pages


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("olu ilu", "Olú\nÌlú Nàìjíríà"),
        ("OLÚ-ÌLÚ", "olu-ilu"),
        ("عاصمة", "عَاصِمَةُ مصر"),
        ("احمد", "أحمد"),
        ("كتاب", "كتـــاب"),
        ("שלום", "שָׁלוֹם"),
        ("한국", unicodedata.normalize("NFD", "한국")),
        ("strasse", "STRASSE"),
        ("strasse", "Straße"),
        ("fin", "ﬁn"),
        ("क़लम", "\u0958लम"),
        ("ﬁn", "fin"),
        ("[a].*\\", "[A].*\\"),
    ],
)
def test_a_text_is_found_whatever_its_marks_and_case(wanted: str, text: str) -> None:
    assert pl.Series([text]).str.contains(loose(wanted)).item()
    assert regex.search(f"(?V1){loose(wanted)}", text)


@pytest.mark.parametrize(("wanted", "text"), [("कि", "की"), ("กา", "กิ"), ("తి", "తీ"), ("a.b", "axb"), ("ab", "a b")])
def test_vowel_signs_are_letters_and_signs_are_not_wild(wanted: str, text: str) -> None:
    assert not pl.Series([text]).str.contains(loose(wanted)).item()


@given(st.text(max_size=12))
def test_every_text_finds_itself(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert pl.Series([text]).str.contains(exact(text)).item()
    assert pl.Series([text]).str.contains(loose(text)).item()


@given(st.text(alphabet="olúaàَعصאֹबिﬁ \t", max_size=8))
def test_the_other_normal_form_is_found_as_well(text: str) -> None:
    forms: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
    for form in forms:
        assert pl.Series([unicodedata.normalize(form, text)]).str.contains(loose(text)).item()


@pytest.mark.parametrize("chunk", [1, 3, 1_000])
def test_pages_hold_every_row_once_whatever_the_cut(
    built: Workshop, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CHUNK", chunk)
    monkeypatch.setattr(search, "MOST_HELD", 4)
    for filters in ({"rows": "all"}, {"rows": "dropped", "text": "a", "match": "exact"}, {"text": "."}):
        pages = [[row["id"] for row in found(built, **filters, size=2, page=page)] for page in range(1, 10)]
        version = built.version()
        which = asked(urlencode(filters), version)
        rows = version.scan(dropped=which.dropped)
        condition = which.condition()
        wanted = (rows if condition is None else rows.filter(condition)).select("id").collect()["id"].to_list()
        assert [id_ for page in pages for id_ in page] == wanted


def test_rows_are_found_by_every_filter(built: Workshop) -> None:
    assert [row["language"] for row in found(built, text="olu-ilu")] == ["yor"]
    assert found(built, text="olu-ilu", match="exact") == []
    assert found(built, text="olu-ilu", field="inputs", language="ara") == []
    assert [row["language"] for row in found(built, text="^Nairobi", match="pattern")] == ["eng"]
    assert {row["drop"] for row in found(built, reason="collection.script: other script")} == {
        "collection.script: other script"
    }
    assert len(found(built, rows="dropped")) == 7  # six copies, one of another script
    assert len(found(built, language=["yor_Latn", "tha"])) == 2
    assert len(found(built, score="script_share", least="0.5", most="1")) == 7


def test_rows_come_in_the_order_that_is_asked_for(built: Workshop) -> None:
    lengths = [row["num_inputs"] for row in found(built, sort="inputs", order="down")]
    assert lengths == sorted((len(row["q"]) for row in [*QUESTIONS, ENGLISH]), reverse=True)
    ids = [row["id"] for row in found(built, sort="id")]
    assert ids == sorted(ids)


def test_found_places_are_marked_in_characters(built: Workshop) -> None:
    (row,) = found(built, text="አበባ")
    assert [row["targets"][start:stop] for start, stop in row["marks"]["targets"]] == ["አበባ"]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("langage=yor", "no filter 'langage'; did you mean 'language'?"),
        ("language=yro_Latn", "no language 'yro_Latn'; did you mean 'yor_Latn'?"),
        ("score=repetitions", "no score 'repetitions'; did you mean 'repetition'?"),
        ("sort=input", "no order 'input'; did you mean 'inputs'?"),
        ("page=0", "page: Input should be greater than or equal to 1"),
        ("match=pattern&text=(", "this is no pattern"),
    ],
)
def test_a_wrong_address_is_told_what_is_wrong(server: Server, address: str, message: str) -> None:
    status, _, body = get(server, f"/api/rows?{address}")
    assert status == 400
    assert json.loads(body)["error"].startswith(message)


def test_a_row_comes_with_its_family(built: Workshop, server: Server) -> None:
    copy = found(built, reason="dedup.exact: copy of another record", language="tha")[0]
    story = told(server, f"/api/row/{copy['id']}")
    assert story["row"]["drop"] == "dedup.exact: copy of another record"
    assert story["because"]["drop"] is None
    other = told(server, f"/api/row/{story['because']['id']}")
    assert [row["id"] for row in other["copies"]["rows"]] == [copy["id"]]
    assert other["about"]["license"] == "CC0-1.0"


def test_a_chain_goes_from_an_edit_to_the_first_row(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    workshop.rows([{"q": "one", "a": "1", "l": "eng"}])
    workshop.recipe()
    workshop.build()
    version = workshop.version()
    first = version.polars().row(0, named=True)
    path = version.files()[0]
    made = [first | {"id": f"{n:032x}", "parent_id": first["id"] if n == 1 else f"{n - 1:032x}"} for n in (1, 2)]
    path.unlink()
    pl.DataFrame([first, *made], schema=dict.fromkeys(SCHEMA.names, pl.String)).write_parquet(path)
    story = Desk(version).row(f"{2:032x}")
    assert story
    assert [row["id"] for row in story["ancestors"]] == [f"{1:032x}", first["id"]]
    assert [row["id"] for row in (Desk(version).row(first["id"]) or {})["children"]["rows"]] == [f"{1:032x}"]


def test_what_is_saved_is_what_is_shown(built: Workshop, server: Server) -> None:
    query = urlencode({"language": ["eng_Latn", "yor_Latn"]}, doseq=True)
    lines = get(server, f"/api/download.jsonl?{query}")[2].decode().splitlines()
    assert {json.loads(line)["inputs"] for line in lines} == {ENGLISH["q"], QUESTIONS[0]["q"]}
    _, headers, body = get(server, f"/api/download.csv?{query}")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert {row["inputs"] for row in rows} == {f"'{ENGLISH['q']}", QUESTIONS[0]["q"]}  # no formula for a spreadsheet
    assert headers["Content-Disposition"] == 'attachment; filename="rows.csv"'


def test_csv_has_all_columns_also_where_the_first_rows_lack_some(built: Workshop, server: Server) -> None:
    rows = list(csv.DictReader(io.StringIO(get(server, "/api/download.csv?rows=all")[2].decode("utf-8-sig"))))
    assert len(rows) == 14
    assert {"repetition", "script_share", "drop"} <= rows[0].keys()


@pytest.mark.parametrize("path", ["/", "/style.css", "/main.js", "/api/about", "/api/rows", "/nothing"])
def test_every_answer_forbids_what_it_does_not_need(server: Server, path: str) -> None:
    headers = get(server, path)[1]
    assert {name: headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "", "127.0.0.1.evil.example"])
def test_another_name_for_this_address_is_refused(server: Server, host: str) -> None:
    assert get(server, "/api/rows", Host=host)[0] == 403


def test_another_site_gets_nothing(server: Server) -> None:
    fetched = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert get(server, "/api/rows", **fetched)[0] == 403
    assert get(server, "/", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})[0] == 200


@pytest.mark.parametrize("path", ["/../secret", "/..%2f..%2fetc/passwd", "/api/row/../about", "/page.py", "/api/row/x"])
def test_nothing_but_its_own_parts_is_served(server: Server, path: str) -> None:
    assert get(server, quote(path, safe="/%."))[0] == 404


def test_nothing_can_be_written(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=20)
    connection.request("POST", "/api/rows", body=b"x")
    assert connection.getresponse().status == 501
    connection.close()


def test_choices_count_every_row(built: Workshop) -> None:
    about = Desk(built.version()).about()
    assert sum(cell[3] for cell in about["cells"] if cell[2] < 0) == about["kept"] == 7
    assert sum(cell[3] for cell in about["cells"] if cell[2] >= 0) == about["dropped"] == 7


def test_far_pages_of_another_order_are_refused(built: Workshop) -> None:
    with pytest.raises(UserError, match="one can page through 2,000 rows"):
        found(built, sort="id", page=1000)
