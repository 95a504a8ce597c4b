"""A cluster as its owner describes it: nodes, GPUs, disks, network, prices."""

from pathlib import Path

from pydantic import Field

from aya.stage import Settings
from aya.yaml_files import read_model


class Training(Settings):
    """The model that the mixture is to train."""

    parameters: float = Field(gt=0, description="of the model")
    flops: float = Field(gt=0, description="floating point operations a second that a GPU is sold with")
    utilisation: float = Field(default=0.35, gt=0, le=1, description="share of them that training reaches")


class Gpus(Settings):
    """The machines with GPUs; without them what a model has to do has no hours and no price."""

    number: int = Field(ge=1, description="GPUs in all")
    price_per_gpu_hour: float = Field(ge=0)
    translate: float | None = Field(default=None, gt=0, description="tokens a second that a GPU translates")
    generate: float | None = Field(default=None, gt=0, description="tokens a second that a GPU writes")
    training: Training | None = None


class Cluster(Settings):
    """Machines that are alike, storage that all of them reach, and what they cost, in one currency."""

    nodes: int = Field(ge=1)
    cores: int = Field(ge=1, description="of a node")
    memory: float = Field(gt=0, description="GiB of a node")
    core_speed: float = Field(default=1, gt=0, description="of a core, that of the calibrated machine being 1")
    disk: float = Field(gt=0, description="megabytes a second that a node reads or writes")
    network: float = Field(gt=0, description="gigabits a second between a node and the storage")
    price_per_node_hour: float = Field(ge=0)
    gpus: Gpus | None = None
    storage_price_per_gb_month: float = Field(default=0, ge=0)
    months: float = Field(default=1, ge=0, description="for which work and outcome are kept")
    egress_price_per_gb: float = Field(default=0, ge=0, description="of what leaves the storage: the outcome, once")
    characters_per_token: float = Field(default=2.7, gt=0, description="of the texts that models read and write")
    currency: str = "USD"

    @property
    def slots(self) -> int:
        """Return how many tasks of one processor run at a time."""
        return self.nodes * self.cores

    @property
    def bytes_per_second(self) -> float:
        """Return what a node moves: the less of its disk and its network, if there is more than one node."""
        disk, network = self.disk * 1e6, self.network * 1e9 / 8
        return min(disk, network) if self.nodes > 1 else disk


def read_cluster(path: Path) -> Cluster:
    """Return the cluster that a YAML file describes.

    Raises: RecipeError with every fault.
    """
    return read_model(path, Cluster, "description of a cluster")
