"""One process or many: who this one is, and weights that FSDP2 cuts into rows over all of them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aya.errors import needs

with needs("training"):
    import torch
    import torch.distributed as dist
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
    from torch.distributed.tensor import DTensor, distribute_tensor


@dataclass(frozen=True, kw_only=True)
class Processes:
    """Who this process is among those that train together."""

    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.world > 1:
            dist.barrier()

    def mean(self, value: torch.Tensor) -> float:
        """Return the mean of a number over all processes."""
        if self.world > 1:
            value = value.clone()
            dist.all_reduce(value)
        return float(value) / self.world


@contextmanager
def joined(*, world: int) -> Iterator[Processes]:
    """Yield this process among `world` of them, as torchrun or `accelerate launch` started them."""
    if world == 1:
        yield Processes()
        return
    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.set_device(dist.get_node_local_rank(fallback_rank=0))
    dist.init_process_group("nccl" if cuda else "gloo")
    try:
        yield Processes(rank=dist.get_rank(), world=dist.get_world_size())
    finally:
        dist.destroy_process_group()


def shard(packed: torch.nn.Module, network: Any, *, precision: torch.dtype) -> None:
    """Cut the weights of every block, and of the rest, into rows over all processes (FSDP2)."""
    # A block of T5 returns a view, and nothing is done to it in place.
    warnings.filterwarnings("ignore", message="FSDP2-wrapped module .* returned a view tensor")
    policy = MixedPrecisionPolicy(param_dtype=precision, reduce_dtype=torch.float32)
    blocks = set(network._no_split_modules or ())
    for module in network.modules():
        if type(module).__name__ in blocks:
            fully_shard(module, mp_policy=policy)
    fully_shard(packed, mp_policy=policy)


def whole(tensor: torch.Tensor, processes: Processes) -> torch.Tensor:
    """Return a tensor with all its rows in the memory of the first process; all processes take part."""
    if isinstance(tensor, DTensor):
        tensor = tensor.full_tensor()
    return tensor.detach().cpu().contiguous() if processes.first else torch.empty(0)


def put_whole(tensor: torch.Tensor, value: torch.Tensor) -> None:
    """Fill a tensor, or the rows of it that this process has, from a whole one."""
    value = value.to(tensor.device)
    if isinstance(tensor, DTensor):
        value = distribute_tensor(value, tensor.device_mesh, tensor.placements)
    tensor.detach().copy_(value)
