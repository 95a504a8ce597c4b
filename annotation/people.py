"""People: the sign-up list, their accounts in Argilla, and what they take back."""

import csv
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from annotation.argilla_api import ArgillaError
from annotation.campaign import PASSWORDS
from annotation.desk import Desk
from annotation.private import write_private
from annotation.pseudonyms import pseudonym
from aya import languages
from aya.errors import InputError, nearest, unknown
from aya.stage import Tell, silent

COLUMNS: Final = (
    "username", "languages", "first_name", "harmful",
    "share_demographics", "age_range", "gender", "country", "dialects",
)  # fmt: skip
AGES: Final = ("under 18", "18-24", "25-34", "35-44", "45-54", "55-64", "65 and over")
_YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


def read_signups(path: Path, *, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a sign-up list (CSV); of demographics only what a person agreed to share.

    Raises: InputError with every fault.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows, header = list(reader), reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: can not be read: {error}") from error
    faults = [
        f"{path}:1: no column '{name}' is known{nearest(name, COLUMNS)}" for name in header if name not in COLUMNS
    ]
    faults += [f"{path}:1: column '{name}' is missing" for name in COLUMNS[:2] if name not in header]
    seen: Counter[str] = Counter(str(row.get("username") or "").strip().casefold() for row in rows)
    found = []
    for number, row in enumerate(rows, start=2):
        person, wrong = _person({name: (value or "").strip() for name, value in row.items() if name}, wanted)
        if seen[person["username"].casefold()] > 1:
            wrong.append(f"username '{person['username']}' stands twice")
        faults += [f"{path}:{number}: {fault}" for fault in wrong] if not faults or number > 1 else []
        found.append(person)
    if faults:
        raise InputError("\n".join(faults))
    return found


def _person(row: Mapping[str, str], wanted: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return a person and what is wrong with the row."""
    faults, codes = [], []
    if not row.get("username"):
        faults.append("no username")
    for code in row.get("languages", "").replace(";", " ").split():
        resolved = languages.resolve(code)
        if resolved is None or resolved.language not in wanted:
            faults.append(unknown("language of the campaign", code, wanted))
        else:
            codes.append(resolved.language)
    if not codes and not faults:
        faults.append("no language")
    for name in ("harmful", "share_demographics"):
        if row.get(name, "").lower() not in _YES_NO:
            faults.append(f"{name} is yes or no, not '{row[name]}'")
    shares = _YES_NO.get(row.get("share_demographics", "").lower(), False)
    if shares and row.get("age_range") and row["age_range"] not in AGES:
        faults.append(f"age_range is one of {', '.join(AGES)}, not '{row['age_range']}'")
    said = {name: (row.get(name) or None) if shares else None for name in ("age_range", "gender", "country")}
    dialects = [text.strip() for text in row.get("dialects", "").split(";") if text.strip()] if shares else None
    harmful = _YES_NO.get(row.get("harmful", "").lower(), False)
    first_name = row.get("first_name") or row.get("username", "")
    own = {"username": row.get("username", ""), "first_name": first_name, "harmful": harmful}
    return own | {"languages": list(dict.fromkeys(codes)), "dialects": dialects or None} | said, faults


def sign_up(desk: Desk, signups: Sequence[Mapping[str, Any]], tell: Tell = silent) -> int:
    """Bring people of a list into the book and into Argilla; return how many are new.

    Passwords are in `passwords.csv`, for the owner's eyes, before the accounts are made: a run that is killed in
    between loses none, and the next one goes on. Who is known keeps account, group and password.
    """
    known = {account["annotator"]: account for account in desk.book.accounts()}
    users = {user["username"]: user["id"] for user in desk.argilla.get("users")["items"]}
    new = 0
    for number, signup in enumerate(signups, start=1):
        annotator = pseudonym(signup["username"], key=desk.key)
        account = known.get(annotator) or {
            "annotator": annotator,
            "username": signup["username"],
            "user": None,
            "review_group": _group(desk, signup["languages"]),
        }
        desk.book.put_people(
            [
                {name: signup[name] for name in ("languages", "age_range", "gender", "country", "dialects")}
                | {"annotator": annotator, "joined_at": datetime.now(UTC)}
            ]
        )
        account |= {"harmful": signup["harmful"]}
        if account["user"] not in users.values():
            account["user"] = _account(desk, signup, users)
            new += 1
        desk.book.put_accounts([account])
        tell("people", number, len(signups))
    return new


def _group(desk: Desk, codes: Sequence[str]) -> int:
    """Return the review group that has the fewest people of these languages."""
    spoken = {row["annotator"]: row["languages"] for row in desk.book.people().to_pylist()}
    sizes = Counter(
        account["review_group"]
        for account in desk.book.accounts()
        if {*codes} & {*spoken.get(account["annotator"], ())}
    )
    return min(range(desk.campaign.review_groups), key=lambda group: (sizes[group], group))


def _account(desk: Desk, signup: Mapping[str, Any], users: Mapping[str, str]) -> str:
    """Make the account of a person in Argilla, and return its id."""
    username = signup["username"]
    if username in users:  # made by a run that was killed before it could note so, or of another campaign
        return users[username]
    password = secrets.token_urlsafe(12)
    _note_password(desk.folder / PASSWORDS, username, password)
    body = {"username": username, "first_name": signup["first_name"], "role": "annotator", "password": password}
    try:
        return str(desk.argilla.post("users", body)["id"])
    except ArgillaError as error:
        if error.status != 422:
            raise
        raise InputError(f"Argilla takes no user called '{username}': {error}") from error


def new_password(desk: Desk, username: str) -> None:
    """Give a person another password, in `passwords.csv`."""
    annotator = pseudonym(username, key=desk.key)
    accounts = {account["annotator"]: account for account in desk.book.accounts()}
    if annotator not in accounts:
        raise InputError(unknown("person", username, (account["username"] for account in accounts.values())))
    password = secrets.token_urlsafe(12)
    _note_password(desk.folder / PASSWORDS, accounts[annotator]["username"], password)
    desk.argilla.patch(f"users/{accounts[annotator]['user']}", {"password": password})


def _note_password(path: Path, username: str, password: str) -> None:
    quoted = '"' + username.replace('"', '""') + '"'
    write_private(path, f"{quoted},{password}\n", "a")


def who(desk: Desk, name: str) -> str:
    """Return the pseudonym of a person, given by name or by pseudonym."""
    known = {account["annotator"]: account["username"] for account in desk.book.accounts()}
    found = name if name in known else pseudonym(name, key=desk.key)
    if found not in known:
        raise InputError(unknown("person", name, known.values()))
    return found
