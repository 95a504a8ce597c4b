"""How many annotators one server carries: next-record latency, submits a second, memory, time to start.

`python -m benchmarks.annotation --records 20000 --people 20` fills a real server and lets people work over HTTP as the
interface does: ask for the next ten pending records, submit one of them. First nobody pauses between two submits, then
everybody does, for `--pause` seconds on average. `--database URL` measures PostgreSQL.
"""

import argparse
import http.client
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from annotation import environment, serve
from annotation.argilla_api import Argilla
from annotation.pull import BEGINNING

PENDING = {"type": "terms", "scope": {"entity": "response", "property": "status"}, "values": ["pending"]}
OPEN = {"type": "terms", "scope": {"entity": "record", "property": "status"}, "values": ["pending"]}
QUEUE = {"filters": {"and": [PENDING, OPEN]}}
TEXT = "የኢትዮጵያ ዋና ከተማ ማን ናት? ما هي عاصمة المغرب؟ 法国的首都是哪里？ Kí ni olú ìlú Nàìjíríà? " * 4
Call = Callable[..., Any]


def main() -> None:
    """Measure, and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=1_000)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--submits", type=int, default=10, help="of each person")
    parser.add_argument("--pause", type=float, default=20, help="seconds between two submits of a person, 0 to skip")
    parser.add_argument("--database", help="URL of PostgreSQL")
    parser.add_argument("--environment", type=Path, default=environment.place(Path.home() / ".cache"))
    given = parser.parse_args()
    packages = given.environment
    environment.prepare(packages, say)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = serve.settings(home, port=0, database=given.database)
        running, cold = timed(lambda: serve.start(home, settings, packages, say))
        report: dict[str, Any] = {"records": given.records, "people": given.people, "start_s": round(cold, 1)}
        report["memory_idle_mb"] = memory(running)
        report |= work(running, home, given)
        report["memory_mb"] = memory(running)
        report["index_mb"] = round(sum(path.stat().st_size for path in home.glob("index.db*")) / 1e6, 1)
        running.process.kill()
        running.process.wait()
        running.stop()
        running, warm = timed(lambda: serve.start(home, settings, packages, say))
        report["start_with_records_s"] = round(warm, 1)
        running.stop()
        (home / "index.db").unlink()
        running, anew = timed(lambda: serve.start(home, settings, packages, say))
        report["start_without_index_s"] = round(anew, 1)
        running.stop()
    report["load_average"] = [round(value, 1) for value in psutil.getloadavg()]
    sys.stdout.write(json.dumps(report) + "\n")


def say(state: str) -> None:
    sys.stderr.write(state + "\n")


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    before = time.perf_counter()
    return function(), time.perf_counter() - before


def memory(running: serve.Running) -> int:
    return round(psutil.Process(running.process.pid).memory_info().rss / 1e6)


def caller(url: str, header: dict[str, str]) -> Call:
    """Return a function that asks the API over one connection that stays open, as a browser does."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)

    def call(method: str, path: str, body: Any = None) -> Any:
        text = None if body is None else json.dumps(body)
        connection.request(method, f"/api/v1/{path}", text, {"Content-Type": "application/json", **header})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return json.loads(content) if content else None

    return call


def work(running: serve.Running, home: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Fill the server, let all people work at once, and return what that took."""
    owner = caller(running.url, {"X-Argilla-Api-Key": serve.owner(home).api_key})
    workspace = owner("POST", "workspaces", {"name": "load"})["id"]
    dataset = make_dataset(owner, workspace)
    _, filling = timed(lambda: fill(owner, dataset, given.records))
    tokens = [person(running.url, owner, workspace, number) for number in range(given.people)]
    report: dict[str, Any] = {"filled_per_s": round(given.records / filling, 1)}
    report |= together(running.url, tokens, dataset, given.submits, 0)
    say(json.dumps(report))
    if given.pause:
        pausing = together(running.url, tokens, dataset, given.submits, given.pause)
        report |= {f"pausing_{name}": value for name, value in pausing.items()}
    alone: list[float] = []
    annotate(running.url, tokens[0], dataset, given.submits, alone, [])
    argilla = Argilla(running.url, serve.owner(home).api_key)
    answers, quick = timed(lambda: list(argilla.responses(dataset, since=BEGINNING)))
    again, slow = timed(lambda: list(argilla.all_responses(dataset)))
    if len(answers) != len(again):
        raise RuntimeError(f"{len(answers)} answers are not the {len(again)} of the records")
    return report | {
        "next_alone_p50_ms": quantile(alone, 50), "answers": len(answers), "answers_read_s": round(quick, 2),
        "answers_read_with_records_s": round(slow, 1),
    }  # fmt: skip


def together(url: str, tokens: list[str], dataset: str, num: int, pause: float) -> dict[str, Any]:
    """Let all people submit `num` answers each at the same time, and return how long they waited."""
    asked: list[float] = []
    submitted: list[float] = []
    threads = [
        threading.Thread(target=annotate, args=(url, token, dataset, num, asked, submitted, pause, seed))
        for seed, token in enumerate(tokens)
    ]
    before = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - before
    if len(submitted) != len(tokens) * num:
        raise RuntimeError(f"only {len(submitted)} of {len(tokens) * num} submits went through")
    return {
        "next_p50_ms": quantile(asked, 50), "next_p95_ms": quantile(asked, 95), "next_p99_ms": quantile(asked, 99),
        "submit_p50_ms": quantile(submitted, 50), "submit_p95_ms": quantile(submitted, 95),
        "submits_per_s": round(len(submitted) / took, 1),
    }  # fmt: skip


def quantile(seconds: list[float], percent: int) -> int:
    return round(1000 * statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1])


def make_dataset(owner: Call, workspace: str) -> str:
    distribution = {"strategy": "overlap", "min_submitted": 2}
    made = owner("POST", "datasets", {"name": "load", "workspace_id": workspace, "distribution": distribution})
    text = {"type": "text", "use_markdown": False}
    owner("POST", f"datasets/{made['id']}/fields", {"name": "prompt", "title": "p", "required": True, "settings": text})
    for name, of in (
        ("completion", text),
        ("rating", {"type": "rating", "options": [{"value": n} for n in range(1, 6)]}),
    ):
        body = {"name": name, "title": name, "required": True, "settings": of}
        owner("POST", f"datasets/{made['id']}/questions", body)
    body = {"name": "language", "title": "l", "settings": {"type": "terms"}}
    owner("POST", f"datasets/{made['id']}/metadata-properties", body)
    owner("PUT", f"datasets/{made['id']}/publish")
    return str(made["id"])


def fill(owner: Call, dataset: str, num_records: int) -> None:
    items = owner("GET", f"datasets/{dataset}/questions")["items"]
    (question,) = (item["id"] for item in items if item["name"] == "completion")
    for start in range(0, num_records, 500):
        batch = [
            {
                "external_id": f"r{number}", "fields": {"prompt": f"{number} {TEXT}"}, "metadata": {"language": "amh"},
                "suggestions": [{"question_id": question, "value": TEXT, "agent": "model"}],
            }
            for number in range(start, min(start + 500, num_records))
        ]  # fmt: skip
        owner("POST", f"datasets/{dataset}/records/bulk", {"items": batch})


def person(url: str, owner: Call, workspace: str, number: int) -> str:
    """Make an annotator and return their token."""
    name, password = f"person{number}", f"secret-of-person-{number}"
    made = {"username": name, "first_name": name, "role": "annotator", "password": password}
    owner("POST", f"workspaces/{workspace}/users", {"user_id": owner("POST", "users", made)["id"]})
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/api/v1/token", f"username={name}&password={password}", form)
    token = json.loads(connection.getresponse().read())["access_token"]
    connection.close()
    return str(token)


def annotate(
    url: str, token: str, dataset: str, num: int, asked: list[float], submitted: list[float],
    pause: float = 0, seed: int = 0,
) -> None:  # fmt: skip
    """Work as the interface does, with a pause of up to twice `pause` seconds before each record."""
    pauses = random.Random(seed)
    path = f"me/datasets/{dataset}/records/search?include=responses&include=suggestions&offset=0&limit=10"
    for _ in range(num):
        time.sleep(pauses.uniform(0, 2 * pause))
        call = caller(url, {"Authorization": f"Bearer {token}"})  # a pause outlives a connection
        before = time.perf_counter()
        page = call("POST", path, QUEUE)
        asked.append(time.perf_counter() - before)
        record = page["items"][0]["record"]["id"]
        values = {"completion": {"value": TEXT + "."}, "rating": {"value": 4}}
        body = {"status": "submitted", "values": values}
        before = time.perf_counter()
        call("POST", f"records/{record}/responses", body)
        submitted.append(time.perf_counter() - before)


if __name__ == "__main__":
    main()
