"""The routes of a repository: what `HfApi` and `hf_hub_download` ask."""

import base64
import time
from collections.abc import Iterable
from typing import Any

import yaml

from tests.hub.call import Answer, Call, as_json
from tests.hub.repos import ATTRIBUTES, NOW, Contents, Entry, Refusal, Repo, Tree, git_sha1
from tests.hub.xet import Xet

PREUPLOAD_MOST, PATHS_MOST, PAGE = 256, 1000, 1000


class Api:
    """Routes below `/api`, and `/datasets/.../resolve`."""

    def __init__(self, contents: Contents, xet: Xet | None) -> None:
        self.contents, self.xet = contents, xet
        self.repos: dict[str, Repo] = {}

    def repo(self, call: Call, name: str, *, write: bool = False) -> Repo:
        if write:
            call.need("write")
        found = self.repos.get(name)
        if found is None or (found.private and not call.role):
            raise Refusal(404 if call.role else 401, "RepoNotFound", "Repository not found")
        return found

    def account(self, call: Call) -> Answer:
        call.need("read")
        token = {"type": "access_token", "accessToken": {"displayName": "test", "role": call.role}}
        return as_json(
            {"type": "user", "id": call.user, "name": call.user, "fullname": call.user, "orgs": [], "auth": token}
        )

    def validate(self, call: Call) -> Answer:
        """Refuse a card whose YAML can not be read."""
        text, faults = call.json().get("content", ""), []
        try:
            about = yaml.safe_load(text[3:].split("\n---", 1)[0]) if text.startswith("---") else {}
            faults = [{"message": '"configs[].config_name" is required'} for one in (about or {}).get("configs", [])
                      if "config_name" not in one]  # fmt: skip
        except yaml.YAMLError as error:
            faults = [{"message": f"YAML: {error}"}]
        return as_json({"errors": faults, "warnings": []}, 400 if faults else 200)

    def create(self, call: Call) -> Answer:
        call.need("write")
        asked = call.json()
        name = f"{asked.get('organization') or call.user}/{asked['name']}"
        url = f"{call.base}/datasets/{name}"
        if name in self.repos:
            raise Refusal(409, "RepoExists", "You already created this dataset repo", url=url)
        made = Repo(name, self.contents, private=asked.get("visibility") == "private")
        made.add("refs/heads/main", {".gitattributes": made.regular(ATTRIBUTES.encode())}, call.user, "initial commit")
        self.repos[name] = made
        return as_json({"url": url, "name": name, "id": name})

    def about(self, call: Call, repo: Repo, revision: str) -> Answer:
        sha = repo.revision(revision)
        tree = repo.commits[sha].tree
        return as_json({
            "_id": repo.name, "id": repo.name, "author": repo.name.split("/")[0], "sha": sha, "private": repo.private,
            "gated": repo.gated, "disabled": False, "tags": [], "downloads": 0, "likes": 0, "createdAt": NOW,
            "lastModified": NOW, "siblings": [{"rfilename": path} for path in sorted(tree)],
        })  # fmt: skip

    def tree(self, call: Call, repo: Repo, revision: str, prefix: str) -> Answer:
        """List a folder, a page at a time."""
        tree = repo.tree(revision)
        start = f"{prefix}/" if prefix else ""
        names = [name for name in sorted({*tree, *_folders(tree)}) if name.startswith(start)]
        if prefix and not names:
            raise Refusal(404, "EntryNotFound", f"{prefix} does not exist on {revision}")
        if call.query.get("recursive", "false").lower() not in ("true", "1"):
            names = [name for name in names if "/" not in name[len(start) :]]
        at = int(call.query.get("cursor", 0))
        options = "&".join(f"{name}={value}" for name, value in call.query.items() if name != "cursor")
        following = f'<{call.base}{call.path}?{options}&cursor={at + PAGE}>; rel="next"'
        headers = {"Link": following} if at + PAGE < len(names) else {}
        return as_json([_listed(tree, name) for name in names[at : at + PAGE]], headers=headers)

    def paths(self, call: Call, repo: Repo, revision: str) -> Answer:
        asked = [path.strip("/") for path in call.form().get("paths", [])]
        if len(asked) > PATHS_MOST:
            raise Refusal(413, "TooMany", "too many parameters")
        tree = repo.tree(revision)
        known = {*tree, *_folders(tree)}
        return as_json([_listed(tree, path) for path in asked if path in known])

    def refs(self, repo: Repo) -> Answer:
        def below(start: str) -> list[dict[str, str]]:
            return [{"name": ref[len(start) :], "ref": ref, "targetCommit": oid}
                    for ref, oid in repo.refs.items() if ref.startswith(start)]  # fmt: skip

        kinds = {
            "branches": "refs/heads/",
            "tags": "refs/tags/",
            "pullRequests": "refs/pr/",
            "converts": "refs/convert/",
        }
        return as_json({kind: below(start) for kind, start in kinds.items()})

    def commits(self, repo: Repo, revision: str) -> Answer:
        said = [{"id": oid, "title": one.title, "message": one.message, "date": NOW, "authors": [{"user": one.author}]}
                for oid, one in repo.history(repo.revision(revision))]  # fmt: skip
        return as_json(said)

    def preupload(self, call: Call, repo: Repo, revision: str) -> Answer:
        """Say which way each file goes, and what is there under its name."""
        asked = call.json()["files"]
        if len(asked) > PREUPLOAD_MOST:
            raise Refusal(413, "TooMany", f"at most {PREUPLOAD_MOST} files")
        tree, found = repo.tree(revision), []
        for file in asked:
            large = repo.large(file["path"], file["size"], base64.b64decode(file["sample"]))
            said = {"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
            if (there := tree.get(file["path"])) is not None:
                said["oid"] = there.sha256 if there.lfs else there.oid
            found.append(said)
        return as_json({"files": found, "commitOid": repo.revision(revision)})

    def commit(self, call: Call, repo: Repo, revision: str) -> Answer:
        lines = call.lines()
        head = next(line["value"] for line in lines if line["key"] == "header")
        ref = repo.branch(revision)
        tree = dict(repo.tree(ref))
        for line in lines:
            self._change(repo, tree, line["key"], line["value"])
        oid = repo.add(ref, tree, call.user, head["summary"], head.get("description", ""), head.get("parentCommit"))
        url = f"{call.base}/datasets/{repo.name}/commit/{oid}"
        return as_json({"success": True, "commitOid": oid, "commitUrl": url, "hookOutput": ""})

    def _change(self, repo: Repo, tree: Tree, key: str, value: dict[str, Any]) -> None:
        path = value.get("path", "")
        if key == "file":
            tree[path] = repo.regular(base64.b64decode(value["content"]))
        elif key == "lfsFile":
            tree[path] = self._large(path, value["oid"])
        elif key == "deletedFile":
            if tree.pop(path, None) is None:
                raise Refusal(404, "EntryNotFound", f"A file with this name doesn't exist: {path}")
        elif key != "header":
            raise Refusal(400, "BadRequest", f"unknown operation {key}")

    def _large(self, path: str, sha256: str) -> Entry:
        stored = self.xet.by_sha256.get(sha256) if self.xet else None
        if stored is None and not self.contents.has(sha256):
            raise Refusal(400, "BadRequest", f"LFS pointer pointed to a file that does not exist: {path}")
        size = stored.size if stored else self.contents.path(sha256).stat().st_size
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"
        return Entry(git_sha1(pointer.encode()), size, sha256, lfs=True, xet=stored.hash if stored else None)

    def discussions(self, call: Call, repo: Repo, rest: list[str]) -> Answer:
        """List, open, read, undraft or merge pull requests."""
        if not rest and call.method == "GET":
            said = [_pull_json(call, repo, number) for number in reversed(repo.pulls)]
            return as_json({"discussions": said, "count": len(said), "start": 0})
        asked = call.json() if call.method == "POST" else {}
        if not rest:
            return as_json(_pull_json(call, repo, repo.open_pull(asked["title"], asked["description"], call.user)))
        number = int(rest[0])
        if number not in repo.pulls:
            raise Refusal(404, "EntryNotFound", f"no discussion {number}")
        if rest[1:] == ["status"]:
            repo.pulls[number].status = asked["status"]
            event = {"id": "0", "type": "status-change", "createdAt": NOW, "author": {"name": call.user}}
            return as_json({"newStatus": event | {"data": {"status": asked["status"]}}})
        if rest[1:] == ["merge"]:
            repo.merge(number, call.user)
        return as_json(_pull_json(call, repo, number))

    def token(self, call: Call, repo: Repo, kind: str) -> Answer:
        """Say where Xet's store is."""
        if self.xet is None:
            raise Refusal(404, "NotFound", "this Hub has no Xet")
        ends = int(time.time()) + 900
        said = {"casUrl": f"{call.base}/xet/{self.xet.mark}", "exp": ends, "accessToken": kind}
        headers = {"X-Xet-Cas-Url": said["casUrl"], "X-Xet-Access-Token": kind, "X-Xet-Token-Expiration": str(ends)}
        return as_json(said, headers={name: str(value) for name, value in headers.items()})

    def resolve(self, call: Call, repo: Repo, revision: str, path: str) -> Answer:
        """Answer with a small file, or say at which other host a large one lies."""
        if repo.gated and not call.role:
            raise Refusal(401, "GatedRepo", "Access to this dataset is restricted")
        sha = repo.revision(revision)
        entry = repo.commits[sha].tree.get(path)
        if entry is None:
            raise Refusal(404, "EntryNotFound", f"Entry {path} not found")
        headers = {"X-Repo-Commit": sha, "Accept-Ranges": "bytes", "Cache-Control": "no-cache"}
        if not entry.lfs:
            return Answer(body=self.contents.path(entry.sha256), headers=headers | {"ETag": f'"{entry.oid}"'})
        headers |= {"X-Linked-Etag": f'"{entry.sha256}"', "X-Linked-Size": str(entry.size)}
        if entry.xet:
            where = f"{call.base}/api/datasets/{repo.name}/xet-read-token/{sha}"
            headers |= {"X-Xet-Hash": entry.xet, "Link": f'<{where}>; rel="xet-auth"'}
        elsewhere = call.base.replace("127.0.0.1", "localhost")  # as on the Hub: no token must follow there
        return Answer(302, headers=headers | {"Location": f"{elsewhere}/lfs/whole/{entry.sha256}"})


def _folders(paths: Iterable[str]) -> set[str]:
    return {path[:at] for path in paths for at, letter in enumerate(path) if letter == "/"}


def _listed(tree: Tree, path: str) -> dict[str, Any]:
    folder = {"type": "directory", "path": path, "size": 0, "oid": git_sha1(path.encode())}
    return tree[path].json(path) if path in tree else folder


def _pull_json(call: Call, repo: Repo, number: int) -> dict[str, Any]:
    pull = repo.pulls[number]
    return {
        "num": number, "title": pull.title, "status": pull.status, "isPullRequest": True, "events": [],
        "repo": {"name": repo.name, "type": "dataset"}, "author": {"name": pull.author}, "createdAt": NOW,
        "url": f"{call.base}/datasets/{repo.name}/discussions/{number}", "changes": {"base": "refs/heads/main"},
        "filesWithConflicts": [], "diff": "",
    }  # fmt: skip
