"""The real clients against the small Hub."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from tests.hub.server import Hub

REPO = "ada/questions"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub(tmp_path / "hub") as running:
        yield running


@pytest.fixture
def api(hub: Hub) -> HfApi:
    api = HfApi(endpoint=hub.url, token=hub.token("ada"))
    api.create_repo(REPO, repo_type="dataset")
    return api


def commit(
    api: HfApi, files: dict[str, bytes], *deleted: str, parent: str | None = None, revision: str = "main"
) -> str:
    changes = [CommitOperationAdd(path, data) for path, data in files.items()]
    gone = [CommitOperationDelete(path) for path in deleted]
    made = api.create_commit(
        REPO, [*changes, *gone], commit_message="change", repo_type="dataset", parent_commit=parent, revision=revision
    )
    return str(made.oid)


def run(script: str, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_commit_on_an_old_parent_is_refused(api: HfApi) -> None:
    first = commit(api, {"a.txt": b"1"})
    second = commit(api, {"a.txt": b"2"}, parent=first)
    with pytest.raises(HfHubHTTPError, match="412"):
        commit(api, {"a.txt": b"3"}, parent=first)
    assert api.dataset_info(REPO).sha == second
    assert [item.title for item in api.list_repo_commits(REPO, repo_type="dataset")] == ["change"] * 2 + [
        "initial commit"
    ]


def test_a_commit_adds_and_deletes_at_once(api: HfApi) -> None:
    commit(api, {"a.txt": b"1", "b.txt": b"1"})
    commit(api, {"c.txt": b"1"}, "a.txt")
    assert api.list_repo_files(REPO, repo_type="dataset") == [".gitattributes", "b.txt", "c.txt"]


def test_a_tag_never_moves(api: HfApi) -> None:
    first = commit(api, {"a.txt": b"1"})
    api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    commit(api, {"a.txt": b"2"})
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    assert [tag.target_commit for tag in api.list_repo_refs(REPO, repo_type="dataset").tags] == [first]


def test_a_pull_request_is_a_draft_until_it_is_opened(api: HfApi) -> None:
    pull = api.create_pull_request(REPO, "Release", repo_type="dataset")
    commit(api, {"a.txt": b"1"}, revision=f"refs/pr/{pull.num}")
    with pytest.raises(HfHubHTTPError, match="409"):
        api.merge_pull_request(REPO, pull.num, repo_type="dataset")
    assert not api.file_exists(REPO, "a.txt", repo_type="dataset")
    api.change_discussion_status(REPO, pull.num, "open", repo_type="dataset")
    api.merge_pull_request(REPO, pull.num, repo_type="dataset")
    assert api.file_exists(REPO, "a.txt", repo_type="dataset")


def test_two_pull_requests_that_change_one_file_conflict(api: HfApi) -> None:
    pulls = [api.create_pull_request(REPO, "Release", repo_type="dataset").num for _ in range(2)]
    for num in pulls:
        commit(api, {"a.txt": b"%d" % num}, revision=f"refs/pr/{num}")
        api.change_discussion_status(REPO, num, "open", repo_type="dataset")
    api.merge_pull_request(REPO, pulls[0], repo_type="dataset")
    with pytest.raises(HfHubHTTPError, match="409"):
        api.merge_pull_request(REPO, pulls[1], repo_type="dataset")


def test_a_tree_comes_in_pages(api: HfApi) -> None:
    commit(api, {f"many/{number:04d}.txt": b"%d" % number for number in range(1_200)})
    assert len(list(api.list_repo_tree(REPO, "many", recursive=True, repo_type="dataset"))) == 1_200
    assert len(api.get_paths_info(REPO, ["many/0007.txt", "absent"], repo_type="dataset")) == 1


def test_who_may_not_see_or_write_is_told_so(hub: Hub, api: HfApi) -> None:
    api.update_repo_settings(REPO, repo_type="dataset", visibility="private")
    with pytest.raises(RepositoryNotFoundError):
        HfApi(endpoint=hub.url, token=False).dataset_info(REPO)
    with pytest.raises(HfHubHTTPError, match="403"):
        commit(HfApi(endpoint=hub.url, token=hub.token("bob", "read")), {"a.txt": b"1"})
    with pytest.raises(RevisionNotFoundError):
        api.dataset_info(REPO, revision="v9")


LARGE = """
import os, sys
from pathlib import Path
from huggingface_hub import CommitOperationAdd, HfApi
data = {"large.bin": os.urandom(26 << 20), "small.txt": "ẹ káàbọ̀".encode()}
changes = [CommitOperationAdd(path, contents) for path, contents in data.items()]
HfApi().create_commit("ada/questions", changes, commit_message="two", repo_type="dataset")
for path, expected in data.items():
    back = HfApi().hf_hub_download("ada/questions", path, repo_type="dataset", local_dir=sys.argv[1])
    assert Path(back).read_bytes() == expected
"""


@pytest.mark.usefixtures("api")
def test_a_large_file_goes_in_parts_and_no_token_goes_to_another_host(hub: Hub, tmp_path: Path) -> None:
    run(LARGE, hub.environment(tmp_path / "home"), str(tmp_path))
    assert [one.token for one in hub.weather.requests("GET /lfs/*")] == [False]
    assert len(hub.weather.requests("PUT /lfs/part/*")) == 6  # 26 MiB in parts of 5 MiB


def test_faults_come_when_they_are_asked_for(hub: Hub, api: HfApi) -> None:
    hub.fault("GET /api/datasets/*/tree/*", 503, after=1)
    assert len(api.list_repo_files(REPO, repo_type="dataset")) == 1
    assert len(api.list_repo_files(REPO, repo_type="dataset")) == 1  # the client asks again
    assert [one.status for one in hub.weather.requests("GET */tree/*")] == [200, 503, 200]
    hub.fault("POST */commit/*", -1)
    with pytest.raises(Exception, match="disconnected"):
        commit(api, {"a.txt": b"1"})
    assert api.file_exists(REPO, "a.txt", repo_type="dataset")  # it was done; only the answer was lost


ROUND_TRIP = """
import os, sys
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
from datasets import load_dataset
from huggingface_hub import CommitOperationAdd, HfApi
api = HfApi()
api.create_repo("ada/rows", repo_type="dataset")
card = "---\\nconfigs:\\n- config_name: yor\\n  data_files:\\n  - split: train\\n    path: data/yor/*.parquet\\n---\\n"
for version, num in (("v1", 300), ("v2", 200)):
    pq.write_table(pa.table({"text": [f"Ẹ káàbọ̀ {n}" for n in range(num)]}), "rows.parquet")
    changes = [CommitOperationAdd("data/yor/a.parquet", "rows.parquet"), CommitOperationAdd("README.md", card.encode())]
    made = api.create_commit("ada/rows", changes, commit_message=version, repo_type="dataset")
    api.create_tag("ada/rows", tag=version, revision=made.oid, repo_type="dataset")
    back = api.hf_hub_download("ada/rows", "data/yor/a.parquet", repo_type="dataset", revision=version)
    assert Path(back).read_bytes() == Path("rows.parquet").read_bytes()
for version, num in (("v1", 300), ("v2", 200)):
    assert load_dataset("ada/rows", "yor", revision=version, split="train").num_rows == num
    assert sum(1 for _ in load_dataset("ada/rows", "yor", revision=version, split="train", streaming=True)) == num
"""


@pytest.mark.slow
@pytest.mark.parametrize("xet", [False, True])
def test_datasets_loads_what_was_committed(tmp_path: Path, xet: bool) -> None:
    with Hub(tmp_path / "hub", xet=xet) as hub:
        run(f"import os; os.chdir({str(tmp_path)!r})\n{ROUND_TRIP}", hub.environment(tmp_path / "home"))
        assert bool(hub.weather.requests("POST /xet/*/v1/xorbs/*")) == xet
        assert bool(hub.weather.requests("PUT /lfs/*")) != xet
