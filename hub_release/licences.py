"""Licences: what each asks for, which of them may be released under which, and how the Hub calls them."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_ATTRIBUTION = frozenset({"attribution"})
_SHARE = {
    "CC-BY-SA-2.0": "CC-BY-SA", "CC-BY-SA-2.5": "CC-BY-SA", "CC-BY-SA-3.0": "CC-BY-SA", "CC-BY-SA-4.0": "CC-BY-SA",
    "ODbL-1.0": "ODbL-1.0", "GFDL-1.3": "GFDL", "GPL-2.0": "GPL-2.0", "GPL-3.0": "GPL-3.0", "AGPL-3.0": "AGPL-3.0",
    "LGPL-2.1": "LGPL-2.1", "LGPL-3.0": "LGPL-3.0", "MPL-2.0": "MPL-2.0", "CDLA-Sharing-1.0": "CDLA-Sharing-1.0",
}  # fmt: skip
_OPEN = ("CC0-1.0", "PDDL-1.0", "Unlicense", "0BSD", "CC-PDDC")
_NOTICE = (
    "Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Unicode-3.0", "Unicode-DFS-2016", "CC-BY-2.0",
    "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0", "ODC-By-1.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "PSF-2.0",
    "Zlib", "NCSA", "AFL-3.0", "ECL-2.0",
)  # fmt: skip
_NOT_COMMERCIAL = tuple(f"CC-BY-NC-{number}" for number in ("2.0", "3.0", "4.0"))
_NOT_COMMERCIAL_SHARE = tuple(f"CC-BY-NC-SA-{number}" for number in ("2.0", "3.0", "4.0"))
_NO_CHANGES = tuple(f"CC-BY-{kind}-{number}" for kind in ("ND", "NC-ND") for number in ("2.0", "3.0", "4.0"))

DUTIES: Mapping[str, frozenset[str]] = {
    **{name: frozenset() for name in _OPEN},
    **dict.fromkeys(_NOTICE, _ATTRIBUTION),
    **{name: _ATTRIBUTION | {f"the same licence ({family})"} for name, family in _SHARE.items()},
    **{name: _ATTRIBUTION | {"no commercial use"} for name in _NOT_COMMERCIAL},
    **{name: _ATTRIBUTION | {"no commercial use", "the same licence (CC-BY-NC-SA)"} for name in _NOT_COMMERCIAL_SHARE},
    **{name: _ATTRIBUTION | {"no changes"} for name in _NO_CHANGES},
}
"""What a licence (SPDX) asks of who passes data on; one that is not here is not known."""

_HUB = frozenset({
    "apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "isc", "afl-3.0", "ecl-2.0", "ncsa", "zlib", "unlicense",
    "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0",
    "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0",
    "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "gpl-2.0", "gpl-3.0", "agpl-3.0", "lgpl-2.1", "lgpl-3.0", "mpl-2.0",
    "cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0",
})  # fmt: skip
_HUB_NAMES = {"odc-by-1.0": "odc-by", "odbl-1.0": "odbl", "pddl-1.0": "pddl", "gfdl-1.3": "gfdl"}

MIXED = "mixed, each row under its own licence"
_SPDX = {name.lower(): name for name in DUTIES}


class Declared(NamedTuple):
    """The licence of a release as a whole; no terms: each row is under its own."""

    terms: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the licence in words."""
        return " AND ".join(self.terms) or MIXED


def spdx(name: str) -> str:
    """Return the usual spelling of a licence."""
    return _SPDX.get(name.strip().lower(), name.strip())


def declared(expression: str, of_rows: Iterable[str]) -> Declared:
    """Return the terms that a recipe declares (`A AND B`); without any, the one licence that all rows have."""
    terms = [spdx(term) for term in re.split(r"\s+AND\s+", expression.strip("() ")) if term.strip()]
    if not terms or terms[0].lower() in ("other", "mixed"):
        known = sorted({spdx(name) for name in of_rows if name})
        terms = known if len(known) == 1 else []
    return Declared(tuple(terms))


def hub_licence(licence: Declared) -> dict[str, str]:
    """Return the fields of the card's head: an id that the Hub knows, else `other` with a name and a link."""
    if len(licence.terms) == 1:
        name = licence.terms[0].lower()
        name = _HUB_NAMES.get(name, name)
        if name in _HUB or name in _HUB_NAMES.values():
            return {"license": name}
    short = re.sub(r"[^a-z0-9.]+", "-", licence.name.lower()).strip("-") if licence.terms else "mixed-see-each-row"
    return {"license": "other", "license_name": short, "license_link": "LICENSES.md"}


def conflict(name: str, licence: Declared) -> str | None:
    """Return why rows of a licence can not be in a release under the declared one; None if they can."""
    own = spdx(name)
    if not own:
        return "rows without a licence"
    if own not in DUTIES:
        return f"licence {own} is not known; use its SPDX id, or waive this check and say why"
    if "no changes" in DUTIES[own]:
        return f"{own} allows no changed copies, and a record is one"
    if not licence.terms or own in licence.terms:
        return None
    unknown = [term for term in licence.terms if term not in DUTIES]
    if unknown:
        return f"declared licence {unknown[0]} is not known"
    granted = frozenset[str]().union(*(DUTIES[term] for term in licence.terms))
    if missing := sorted(DUTIES[own] - granted):
        return f"{own} asks for {' and '.join(missing)}, and {licence.name} does not"
    return None
