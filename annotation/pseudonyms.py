"""Pseudonyms: what people are called in everything that leaves the campaign."""

import hashlib
import hmac
import os
import secrets
import unicodedata
from pathlib import Path

from annotation.private import write_private
from aya.errors import UserError


def pseudonym(username: str, *, key: bytes) -> str:
    """Return 64 hex digits (HMAC-SHA256) for a name; without the key nobody can try names against it.

    Upper and lower case are one name, and so are the two ways to write an accented letter.
    """
    name = unicodedata.normalize("NFKC", username.strip()).casefold()
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()


def read_key(path: Path, *, make: bool) -> bytes:
    """Return the key of a campaign, made once with 256 random bits; it is never released.

    A lost key can not be made again: the same person would get another pseudonym.
    """
    if make and not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        write_private(draft, secrets.token_hex(32) + "\n")
        try:
            os.link(draft, path)  # never over a key that another process made
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        return bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: no key of pseudonyms; restore it from a copy") from error
