"""Pushes killed at ten moments each by LFS and Xet, among faults: main is whole, and nothing is sent twice."""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from hub_release.remote import Remote
from tests.hub.server import Hub
from tests.hub_release.releases import write_release
from tests.workshop import contents

REPO, KILLS = "ada/made", 10
GROUP = 200_000
PUSH = f"""
import sys
from pathlib import Path
from hub_release.push import push
from hub_release.sending import Limits
limits = Limits(group_bytes={GROUP}, batch_files=2, batch_bytes=1_000_000, direct_files=5)
push(Path(sys.argv[1]), "{REPO}", check="sums", limits=limits)
"""


def start(hub: Hub, folder: Path, home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PUSH, str(folder)]
    return subprocess.Popen(command, env=hub.environment(home), stderr=subprocess.PIPE, text=True)


def finish(hub: Hub, folder: Path, home: Path) -> None:
    process = start(hub, folder, home)
    _, said = process.communicate()
    assert process.returncode == 0, said


def kill_after(hub: Hub, process: subprocess.Popen[str], num: int) -> bool:
    """Kill a push once the Hub has served so many requests of it; return whether it was still running."""
    before = len(hub.weather.log)
    while process.poll() is None and len(hub.weather.log) - before < num:
        time.sleep(0.002)
    running = process.poll() is None
    process.kill()
    process.communicate()
    return running


@pytest.mark.slow
@pytest.mark.parametrize("xet", [False, True], ids=["lfs", "xet"])
def test_a_push_killed_ten_times_shows_the_old_release_or_the_new_one(tmp_path: Path, xet: bool) -> None:
    draws = random.Random(20261123)
    old = write_release(tmp_path / "old", "1.0.0", {"yor_Latn": 2})
    new = write_release(tmp_path / "new", "1.1.0", {"yor_Latn": 10, "amh_Ethi": 20}, previous="v1.0.0", letters=1_200)
    with Hub(tmp_path / "hub", xet=xet) as hub:
        remote = Remote(REPO, endpoint=hub.url, token=hub.token("ada"))
        finish(hub, old, tmp_path / "home")
        hub.weather.clear()
        num_killed = num_within = 0
        for _ in range(KILLS):
            storm(hub, draws)
            num_killed += kill_after(hub, start(hub, new, tmp_path / "home"), draws.randint(4, 22))
            num_within += "v1.1.0" not in remote.tags()
            assert shown(remote) in (shown_of(old), shown_of(new))
            assert set(remote.tags()) <= {"v1.0.0", "v1.1.0"}
            hub.weather.faults.clear()
        assert num_within >= KILLS // 2, "most kills have to come before the end"
        finish(hub, new, tmp_path / "home")
        assert shown(remote) == shown_of(new)
        assert remote.head() == remote.tags()["v1.1.0"]
        assert not list(tmp_path.glob(".*.push.json"))
        arrived(hub, new, num_killed, xet=xet)
        remote.fetch(shown_of(new), "v1.1.0", tmp_path / "back")
    assert contents(tmp_path / "back") == contents(new)


def storm(hub: Hub, draws: random.Random) -> None:
    """Let a few faults meet the next push: busy, out of date, cut before and after the request was served."""
    uploads = "POST /xet/*/v1/*" if hub.has_xet else "PUT /lfs/*"
    for _ in range(2):
        match = draws.choice(["POST */commit/*", "POST */preupload/*", "GET */tree/*", uploads, "POST */merge"])
        status = draws.choice([503, 429, 0, -1]) if match != uploads else draws.choice([503, 0])
        hub.fault(match, status, after=draws.randint(0, 3), headers={"Retry-After": "1"} if status == 429 else {})
    if draws.random() < 0.2:
        hub.fault("POST */commit/*", 412)


def shown(remote: Remote) -> set[str]:
    return {path for path in remote.files() if path != ".gitattributes"}


def shown_of(folder: Path) -> set[str]:
    return set(contents(folder))


def arrived(hub: Hub, folder: Path, num_killed: int, *, xet: bool) -> None:
    """Check that no file that was safe came again; what a kill may cost is the group on its way."""
    served = [one for one in hub.weather.requests("PUT /lfs/whole/*") if one.status == 200]
    assert max(Counter(one.path for one in served).values(), default=1) == 1
    size = sum(len(data) for path, data in contents(folder).items() if path.endswith(".parquet"))
    spent = hub.weather.data_in()
    most = size + (num_killed + KILLS) * GROUP if xet else None
    assert xet == bool(hub.weather.requests("POST /xet/*/v1/xorbs/*"))
    assert most is None or spent <= most, f"{spent:,} bytes arrived for {size:,}"
