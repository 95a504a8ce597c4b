"""What the page on clusters offers for Kubernetes and SLURM: read here, for want of either."""

import re
import shlex
import subprocess
from pathlib import Path

import typer.main
import yaml

from aya.cli import app

FOLDER = Path(__file__).parents[2] / "docs" / "examples"


def test_the_manifest_builds_with_options_that_there_are() -> None:
    job = yaml.safe_load((FOLDER / "kuberay.yaml").read_text(encoding="utf-8"))
    words = shlex.split(job["spec"]["entrypoint"])
    known = {option for each in typer.main.get_command(app).commands["build"].params for option in each.opts}  # type: ignore[attr-defined]  # a group
    assert words[:2] == ["aya", "build"]
    assert {word for word in words if word.startswith("--")} == {"--engine", "--address", "--store", "--work"} <= known
    cluster = job["spec"]["rayClusterSpec"]
    images = re.findall(r"rayproject/ray:([\d.]+)-", (FOLDER / "Containerfile").read_text(encoding="utf-8"))
    assert {cluster["rayVersion"]} == {*images}
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        for container in group["template"]["spec"]["containers"]:
            assert container["resources"]["requests"] == container["resources"]["limits"]


def test_the_script_for_slurm_is_one_that_bash_reads() -> None:
    subprocess.run(["bash", "-n", FOLDER / "slurm.sh"], check=True)
