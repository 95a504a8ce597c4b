"""What must not be published by accident: keys, tokens, e-mail addresses; as patterns that Rust's regex reads."""

import polars as pl

PATTERNS = {
    "e-mail address": r"[\p{L}\p{M}\p{N}._%+-]+@[\p{L}\p{M}\p{N}-]+(?:\.[\p{L}\p{M}\p{N}-]+)*\.[\p{L}\p{M}]{2,}",
    "token of the Hub": r"\bhf_[A-Za-z0-9]{30,}\b",
    "key of a cloud": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{35}\b",
    "token of a code host": r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{50,}\b|\bglpat-[\w-]{20,}\b",
    "key of a model": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}\b",
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "token of a messenger": r"\bxox[baprs]-[A-Za-z0-9-]{20,}",
}

_RESERVED = r"@(?:[A-Za-z0-9-]+\.)*(?:example\.(?:com|org|net|edu)|example|invalid|test|localhost)\b"
"""Addresses of nobody (RFC 2606)."""


def found(texts: pl.Series) -> dict[str, pl.Series]:
    """Return for each kind, in which texts it stands; kinds that are in none are left out."""
    screened = texts.fill_null("")
    without = screened.str.replace_all(_RESERVED, "")
    hits = {
        kind: (without if kind == "e-mail address" else screened).str.contains(pattern)
        for kind, pattern in PATTERNS.items()
    }
    return {kind: where for kind, where in hits.items() if where.any()}
