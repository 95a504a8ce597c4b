"""The verbs for Python: what the command does, in one line of a notebook, without a word on the terminal.

Heavy modules are imported by the function that needs them.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from aya.browse.server import Server
    from aya.leftovers import Leftovers
    from aya.version import Version

    Place = str | Path | Version
    """A store (its latest version), the folder of a version, or an opened version."""


def new(job: str, files: str | Sequence[str], out: str | Path = "recipe.yaml", **said: Any) -> Path:
    """Write a recipe for a job (`clean`, `from-csv`, ...) and return its path; see `aya new --help`.

    `said` are `inputs`, `targets`, `language`, `license`, `revision`, `citation`, `name`, `against` and `most`.
    """
    from aya.new.write import Said, write_recipe

    facts = Said(**{name: said.pop(name) for name in Said._fields if name in said})
    return write_recipe(job, [files] if isinstance(files, str) else files, Path(out), facts, **said)


def build(
    recipe: str | Path,
    *,
    store: str | Path | None = None,
    data: str | Path | None = None,
    workers: int = 0,
    sample: int | None = None,
    engine: Literal["local", "ray"] = "local",
    address: str | None = None,
) -> "Version":
    """Build a recipe in `store` (`build/NAME`) and return the version; what is done is not done again.

    `workers` are processes; 0 works in this one. In a script more need the guard `if __name__ == "__main__":`.
    `engine="ray"` builds on the Ray cluster at `address`, or on one that it starts here.
    """
    from aya.build import build as run_build
    from aya.engines.named import engine as engine_named
    from aya.recipe import load_recipe
    from aya.store import Store
    from aya.version import Version

    loaded = load_recipe(Path(recipe), data=None if data is None else Path(data))
    with engine_named(engine, workers=workers, address=address) as made:
        home = Store(Path(store) if store else Path("build") / loaded.name)
        return Version(run_build(loaded, store=home, engine=made, limit=sample).version)


def report(version: "Place", html: str | Path | None = None) -> dict[str, Any]:
    """Return the counts of the build of a version, and write the page if a file is named."""
    from aya.report.counts import report as counts
    from aya.report.page import write_page
    from aya.store import Store

    opened = _opened(version)
    home = Store.of(opened.path)
    if html is not None:
        write_page(opened, home, Path(html))
    return counts(opened.name, home.record(opened.name))


def diff(before: "Place", after: "Place", html: str | Path | None = None) -> dict[str, Any]:
    """Return what differs between two versions, and write the page if a file is named."""
    from aya.diff.compare import compare
    from aya.diff.page import write_page

    found = compare(_opened(before), _opened(after))
    if html is not None:
        write_page(found, Path(html))
    return found


def browse(version: "Place", *, port: int = 0) -> "Server":
    """Serve the page of all rows until `close()`, or until Python ends; its `address` is to be opened."""
    from aya.browse.desk import Desk
    from aya.browse.server import Server

    server = Server(Desk(_opened(version)), port=port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def explain(version: "Place", id_: str) -> list[dict[str, Any]]:
    """Return a row, the rows it was made from, and the row because of which it left."""
    from aya.ledger import explain as story

    return story(_opened(version), id_)


def clean(store: str | Path, *, everything: bool = False, days: float = 0, work: str | None = None) -> "Leftovers":
    """Delete work that no version of a store was made with (or all of it), written at least `days` ago.

    `work` is the URL of the object store that its builds worked in, if they did.
    """
    from aya.leftovers import clear, leftovers
    from aya.store import Store

    home = Store(Path(store), url=work)
    with home.locked():
        found = leftovers(home, everything=everything, days=days)
        clear(home, found)
    return found


def release(
    version: "Place",
    out: str | Path | None = None,
    *,
    number: str | None = None,
    date: str | None = None,
) -> Any:
    """Prepare a release of a version in `out` (`STORE/releases`) and return it; nothing is sent.

    `number` is its semantic version, by default what the changes since the release before ask for.
    """
    from datetime import UTC, datetime

    from aya.stage import load
    from aya.store import Store

    opened = _opened(version)
    home = Path(out) if out is not None else Store.of(opened.path).path / "releases"
    today = date or datetime.now(UTC).date().isoformat()
    request = load("hub_release.draft:Request")(number, today, load("hub_release.facts:read_facts")(opened.path), None)
    previous = load("hub_release.previous:previous")(home, None)
    return load("hub_release.prepare:prepare")(opened.path, home, request, previous=previous)


def dedup(data: Any, columns: str | Sequence[str] = ("inputs", "targets"), **settings: Any) -> Any:
    """Return an Arrow table, a polars frame or a `datasets.Dataset` without its near duplicates."""
    from aya.stage import load

    names = [columns] if isinstance(columns, str) else list(columns)
    return load("dedup.frames:without_near_duplicates")(data, columns=names, **settings)


def decontaminate(data: Any, against: Any, **settings: Any) -> Any:
    """Return rows without those that hold evaluation items, as `kept`, with `dropped` and `report`."""
    from aya.stage import load

    return load("dedup.decontaminate:decontaminate")(data, against, **settings)


def translate(
    files: str | Path | Sequence[str | Path],
    to: str | Sequence[str],
    out: str | Path,
    *,
    language: str = "eng",
    model: str = "facebook/nllb-200-3.3B",
    engine: str = "transformers",
    **settings: Any,
) -> dict[str, Any]:
    """Write files in other languages to `out/CODE/` and return the report; see `aya translate --help`.

    `settings` are `rows`, `hours`, `memory`, and `texts`: columns and kinds of rows left out, a
    `translation.translate_files.Texts`.
    """
    from aya.stage import load

    source = load("translation.locales:locale")(language)
    runs = load("translation.engines:engine")(
        engine, model, revision=None, decoding=load("translation.checkpoint:Decoding")(), device=None, vocabulary=()
    )
    found: dict[str, Any] = load("translation.translate_files:translate_files")(
        [Path(path) for path in ([files] if isinstance(files, str | Path) else files)],
        Path(out),
        runs,
        source=source,
        targets=load("translation.locales:locales")([to] if isinstance(to, str) else to, source=source),
        **settings,
    )
    return found


def distill(recipe: str | Path, out: str | Path | None = None, *, data: str | Path | None = None) -> dict[str, Any]:
    """Write the store of a distillation to `out` (`build/distilled/NAME`) and return its report."""
    from aya.distillation_file import load_distillation
    from aya.safety_checks import Refuses, stages
    from aya.stage import load

    plan = load_distillation(Path(recipe), data=None if data is None else Path(data))
    store = Path(out) if out else Path("build/distilled") / plan.name
    found: dict[str, Any] = load("training.safety.distill:distill")(plan, store, refuses=Refuses(), stages=stages())
    return found


def loop(recipe: str | Path, out: str | Path | None = None, *, workers: int = 0) -> dict[str, Any]:
    """Go through a loop in `out` (`build/NAME`) and return both versions side by side; `workers` as for `build`."""
    from aya.engines.local import Local
    from aya.loop.file import load_loop
    from aya.loop.page import write
    from aya.loop.steps import run_loop

    said = load_loop(Path(recipe))
    folder = Path(out) if out else Path("build") / said.name
    with Local(workers=workers) as engine:
        made = run_loop(said, Path(recipe).parent, folder, engine=engine)
    write(made, folder)
    return made


def _opened(version: "Place") -> "Version":
    from aya.version import Version, open_version

    return version if isinstance(version, Version) else open_version(version)
