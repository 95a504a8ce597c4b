"""Where contents go in and come out: LFS by parts or whole, and Xet."""

from collections.abc import Iterator

from tests.hub.call import Answer, Call, as_json
from tests.hub.repos import Contents, Refusal
from tests.hub.xet import Xet

_PART, _WHOLE = 5 << 20, 20 << 20


class Transfer:
    """Routes below `/lfs` and `/xet`."""

    def __init__(self, contents: Contents, xet: Xet | None) -> None:
        self.contents, self.xet = contents, xet
        self._parts: dict[str, dict[int, str]] = {}

    def batch(self, call: Call) -> Answer:
        """Say what of these files is wanted, and where it goes."""
        asked = call.json()
        found = []
        for item in asked["objects"]:
            oid, size = item["oid"], item["size"]
            said = {"oid": oid, "size": size}
            if not self.contents.has(oid):
                upload = {"href": f"{call.base}/lfs/whole/{oid}", "header": {}}
                if size > _WHOLE and "multipart" in asked.get("transfers", []):
                    urls = {f"{n + 1:05d}": f"{call.base}/lfs/part/{oid}/{n + 1}" for n in range(-(-size // _PART))}
                    upload = {"href": f"{call.base}/lfs/join/{oid}", "header": {"chunk_size": str(_PART), **urls}}
                said["actions"] = {"upload": upload, "verify": {"href": f"{call.base}/lfs/verify/{oid}", "header": {}}}
            found.append(said)
        return as_json({"transfer": "basic", "objects": found})

    def lfs(self, call: Call) -> Answer:
        _, what, oid, *more = call.parts
        if call.method == "PUT" and what == "part":
            sha256 = self.contents.put(call.blocks)
            self._parts.setdefault(oid, {})[int(more[0])] = sha256
            return Answer(headers={"ETag": f'"{sha256}"'})
        if call.method == "PUT":
            self.contents.put(call.blocks, oid)
            return Answer()
        if what == "join":
            parts = self._parts.pop(oid)
            numbers = [part["partNumber"] for part in call.json()["parts"]]
            self.contents.put((self.contents.path(parts[number]).read_bytes() for number in numbers), oid)
            return as_json({})
        if what == "verify":
            size = call.json()["size"]
            return as_json(
                {}, 200 if self.contents.has(oid) and self.contents.path(oid).stat().st_size == size else 404
            )
        return self._download(oid)

    def _download(self, oid: str) -> Answer:
        if not self.contents.has(oid):
            if self.xet is None or oid not in self.xet.by_sha256:
                raise Refusal(404, "EntryNotFound", oid)
            self.contents.put(self._joined(self.xet, oid), oid)
        headers = {"ETag": f'"{oid}"', "Content-Type": "application/octet-stream"}
        return Answer(body=self.contents.path(oid), headers=headers)

    def _joined(self, xet: Xet, oid: str) -> Iterator[bytes]:
        return xet.contents(xet.by_sha256[oid].hash)

    def chunks(self, call: Call) -> Answer:
        """Answer what hf_xet asks of its store; what is not here (global deduplication) it can do without."""
        if self.xet is None:
            raise Refusal(404, "NotFound", "this Hub has no Xet")
        match call.parts[2:]:
            case ["blob", xorb]:
                return Answer(body=self.xet.folder / xorb, headers={"Content-Type": "application/octet-stream"})
            case ["v1", "xorbs", _, name] if call.method == "POST":
                return as_json({"was_inserted": self.xet.put_xorb(name, call.body())})
            case ["v1", "shards", *_]:
                self.xet.put_shard(call.body())
                return as_json({"result": 1})
            case ["v1", "reconstructions", file]:
                wanted = call.range()
                ends = None if wanted is None else (wanted[0], wanted[1] if wanted[1] is not None else 1 << 62)
                return as_json(self.xet.reconstruction(file, call.base, ends))
        raise Refusal(404, "NotFound", call.path)
