from aya import languages, table
from aya.tasks.gather import _BY, _runs


def test_every_run_holds_the_rows_of_its_place_however_many_places_there_are() -> None:
    """Arrow returns groups in another order than that of the rows once there are hundreds of them."""
    places = [(code, name) for code in languages.codes() for name in ("cldr", "gettext", "p3", "sib200")]
    rows = table.records(
        {"id": f"{number:032x}", "language": code, "script": "Latn" if number % 3 else None, "source": name}
        for number, (code, name) in enumerate(places * 3)
    )
    rows = rows.sort_by([(name, "ascending") for name in (*_BY, "id")]).combine_chunks()
    end = 0
    for name, start, stop in _runs(rows, {}):
        assert start == end
        end = stop
        run = rows.slice(start, stop - start).select(_BY).to_pylist()
        wanted = {f"{row['language']}_{row['script'] or 'Zyyy'}/{row['source']}" for row in run}
        assert {name.removesuffix("-00000-of-00001")} == wanted
    assert end == len(rows)
