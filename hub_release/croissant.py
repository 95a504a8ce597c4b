"""`croissant.json`: the release as MLCommons Croissant 1.0, every configuration and every file's checksum in it."""

from typing import Any

from hub_release.configs import Config
from hub_release.draft import Draft

_CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract",
    "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet",
    "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath",
    "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform",
}  # fmt: skip
_TYPES = {
    "string": "sc:Text", "bool": "sc:Boolean", "int32": "sc:Integer", "int64": "sc:Integer", "uint32": "sc:Integer",
    "float": "sc:Float", "double": "sc:Float",
}  # fmt: skip


def croissant(draft: Draft) -> dict[str, Any]:
    """Return the description. Fields of types that Croissant has no name for are left out."""
    facts = draft.request.facts
    url = f"https://huggingface.co/datasets/{facts.repo or draft.collection}"
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": draft.collection,
        "description": facts.description or draft.title,
        "license": f"{url}/blob/v{draft.version}/LICENSES.md" if not draft.declared.terms else draft.licence,
        "url": url,
        "version": draft.version,
        "datePublished": draft.request.date,
        "creator": [{"@type": "sc:Person", "name": name} for name in facts.authors]
        or [{"@type": "sc:Organization", "name": f"The contributors of {draft.collection}"}],
        "citeAs": f"{draft.title}, v{draft.version}, {draft.request.date}. {url}",
        "inLanguage": sorted({file.language for file in draft.files}),
        "rai:dataCollection": "; ".join(about["citation"] for about in draft.build["sources"]),
        "rai:personalSensitiveInformation": "Contact data is looked for before a release; see README.md.",
        "rai:dataLimitations": facts.limits or "See README.md, Known limits.",
        "distribution": [_file(file.path, file.sha256, file.bytes) for file in draft.files]
        + [_set(config) for config in draft.configs],
        "recordSet": [_records(draft, config) for config in draft.configs],
    }


def _file(path: str, sha256: str, size: int) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject", "@id": path, "name": path, "contentUrl": path, "sha256": sha256,
        "contentSize": f"{size} B", "encodingFormat": "application/x-parquet",
    }  # fmt: skip


def _set(config: Config) -> dict[str, Any]:
    """Return the files of a configuration: a set over the listed ones."""
    patterns = sorted({pattern for found in config.patterns.values() for pattern in found})
    return {
        "@type": "cr:FileSet", "@id": f"files-{config.name}", "name": f"files-{config.name}",
        "containedIn": [{"@id": file.path} for file in config.files], "encodingFormat": "application/x-parquet",
        "includes": patterns,
    }  # fmt: skip


def _records(draft: Draft, config: Config) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": config.name,
        "name": config.name,
        "field": [
            {
                "@type": "cr:Field", "@id": f"{config.name}/{name}", "name": name, "dataType": _TYPES[type_],
                "source": {"fileSet": {"@id": f"files-{config.name}"}, "extract": {"column": name}},
            }
            for name, type_ in draft.schema.items()
            if type_ in _TYPES
        ],
    }  # fmt: skip
