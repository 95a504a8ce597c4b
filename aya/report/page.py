"""The report as one HTML file: data of a version, and a page that draws it without asking anybody for anything."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from aya.page import embedded, filled, save
from aya.record import BuildRecord
from aya.report import cells, contamination, distributions, samples, translation
from aya.report.cells import Axes
from aya.stage import Tell, silent
from aya.store import Store
from aya.version import Version

SCRIPTS = (
    "d3/d3.min.js", "numbers.js", "texts.js", "state.js", "parts.js", "flow.js", "charts.js", "tables.js", "rows.js",
    "translations.js", "main.js",
)  # fmt: skip
"""In the order in which the page runs them."""

_HEAD = ("name", "collection", "version", "sample", "complete", "num_kept", "num_dropped", "aya", "quarantined")


def page_data(version: Version, record: BuildRecord | None, tell: Tell = silent) -> dict[str, Any]:
    """Return all that the page shows, for JSON; the same version and record give the same data.

    Without a record (a version that was taken out of its store) nothing is said of time.
    """
    manifest = version.manifest
    axes = cells.axes(manifest)
    stages = cells.stages(manifest, axes)
    reasons = [dropped["reason"] for stage in stages for dropped in stage["dropped"]]
    read: dict[str, Callable[[], Any]] = {
        "licenses": lambda: _licenses(version, axes),
        "distributions": lambda: distributions.distributions(version, axes),
        "samples": lambda: samples.dropped_samples(version, axes, reasons),
        "clusters": lambda: samples.clusters(version, axes, reasons),
        "contamination": lambda: contamination.contamination(version, axes),
        "translations": lambda: translation.translations(version, axes),
    }
    found = {}
    for done, (name, part) in enumerate(read.items(), 1):
        found[name] = part()
        tell("parts of the report", done, len(read))
    return {
        **{name: manifest[name] for name in _HEAD},
        "languages": cells.describe_languages(axes, manifest),
        "sources": [
            _source(name, manifest) | {"not_taken": record.not_taken.get(name, 0) if record else 0}
            for name in axes.sources
        ],
        "stages": stages,
        "reasons": reasons,
        "candidates": axes.cells(manifest["stages"][0]["rows_in"]),
        "kept": axes.cells(manifest["stages"][-1]["kept"]),
        "mixture": cells.mixture(manifest, axes),
        **found,
        "time": _time(record) if record else None,
    }


def render(data: Mapping[str, Any]) -> str:
    """Return the page: style, scripts, licences and data inside it, and a policy that lets nothing else in."""
    folder = files("aya.report").joinpath("page")
    return filled(
        "index.html",
        folder,
        styles=["style.css"],
        scripts=SCRIPTS,
        title=f"{data['collection']} {data['name']}",
        kind="report",
        data=embedded(data),
        licence=folder.joinpath("d3/LICENSE").read_text(encoding="utf-8"),
        aya=data["aya"],
    )


def write_page(version: Version, store: Store, path: Path, tell: Tell = silent) -> None:
    """Write the page of a version to a file, whole or not at all.

    Raises: UserError if the file can not be written.
    """
    record = store.record(version.name) if (store.records / f"{version.name}.json").is_file() else None
    save(render(page_data(version, record, tell)), path)


def _source(name: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    about = {about["name"]: about for about in manifest["sources"]}.get(name, {})
    return {"name": name} | {key: about.get(key) for key in ("license", "revision", "origin", "url", "citation")}


def _licenses(version: Version, axes: Axes) -> list[dict[str, Any]]:
    """Return kept rows by the licence of the row, and cells of each."""
    counted: dict[str, dict[str, int]] = {}
    groups = version.scan().group_by("license", "source", "language").len().sort("license", "source", "language")
    for license_, source, language, num in groups.collect().iter_rows() if version.files() else ():
        counted.setdefault(license_ or "", {})[f"{source} {language or '-'} -"] = num
    return [{"license": license_, "cells": axes.cells(groups)} for license_, groups in sorted(counted.items())]


def _time(record: BuildRecord) -> dict[str, Any]:
    return {
        "stages": [{"stage": count.stage, "seconds": round(count.seconds, 3)} for count in record.counts],
        "passes": [
            {
                "name": step.name,
                "tasks": step.num_tasks,
                "wall": round(step.wall_seconds, 3),
                "seconds": round(step.task_seconds, 3),
                "bytes": step.bytes,
            }
            for step in record.passes
        ],
    }
