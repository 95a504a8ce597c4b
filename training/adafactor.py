"""Adafactor as T5X has it, on whole tensors and on those that FSDP2 cuts into rows."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from aya.errors import needs

with needs("training"):
    import torch
    import torch.distributed as dist
    from torch.distributed.tensor import DTensor, Shard, zeros


class Adafactor(torch.optim.Optimizer):
    """Adafactor without momentum: steps in proportion to each parameter's own size.

    Second moments of a matrix are kept as means of its rows and columns if both sides have at least `least_factored`.
    The defaults are T5X's; `least_factored=1` factors every matrix, as transformers does.

    References: Shazeer & Stern 2018 (Adafactor); t5x/adafactor.py.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 3e-4,
        *,
        decay_rate: float = 0.8,
        clipping_threshold: float = 1.0,
        epsilons: tuple[float, float] = (1e-30, 1e-3),
        multiply_by_parameter_scale: bool = True,
        least_factored: int = 128,
    ) -> None:
        settings = {
            "lr": lr, "decay_rate": decay_rate, "clipping_threshold": clipping_threshold, "epsilons": epsilons,
            "multiply_by_parameter_scale": multiply_by_parameter_scale, "least_factored": least_factored,
        }  # fmt: skip
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step; a closure is not called."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)

    def new_state(self, parameter: Any) -> dict[str, Any]:
        """Return zeros for a parameter; what belongs to rows is cut as it is, column means are whole everywhere."""
        least = self.defaults["least_factored"]
        if parameter.ndim != 2 or min(parameter.shape) < least:
            return {"step": 0, "moment": torch.zeros_like(parameter, dtype=torch.float32)}
        rows, columns = parameter.shape
        column = torch.zeros(columns, device=_local(parameter).device)
        if not isinstance(parameter, DTensor):
            return {"step": 0, "row": torch.zeros(rows, device=parameter.device), "column": column}
        if any(not placement.is_shard(0) for placement in parameter.placements):
            raise ValueError("only parameters that are cut into rows can be stepped")
        row = zeros(rows, device_mesh=parameter.device_mesh, placements=[Shard(0)])
        return {"step": 0, "row": row, "column": column}

    def _update(self, parameter: Any, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state.update(self.new_state(parameter))
        state["step"] += 1
        decay = 1 - state["step"] ** -group["decay_rate"]
        weights, grad = _local(parameter), _local(parameter.grad).float()
        if "row" in state:
            update = _factored(parameter, grad, state, decay, group["epsilons"][0])
        else:
            moment = _local(state["moment"])
            moment.mul_(decay).add_(grad.square() + group["epsilons"][0], alpha=1 - decay)
            update = grad * moment.rsqrt()
        update = update / torch.clamp(_rms(update, parameter) / group["clipping_threshold"], min=1)
        scale = group["lr"]
        if group["multiply_by_parameter_scale"]:
            scale = scale * _rms(weights.float(), parameter).clamp(min=group["epsilons"][1])
        weights.sub_((update * scale).to(weights.dtype))


def _factored(parameter: Any, grad: torch.Tensor, state: dict[str, Any], decay: float, epsilon: float) -> torch.Tensor:
    rows = len(parameter)
    squares = grad.square() + epsilon
    row, column = _local(state["row"]), state["column"]
    row.mul_(decay).add_(squares.mean(dim=1), alpha=1 - decay)
    column.mul_(decay).add_(_summed(squares.sum(dim=0), parameter) / rows, alpha=1 - decay)
    mean = _summed(row.sum(), parameter) / rows
    update: torch.Tensor = grad * (row / mean).rsqrt().unsqueeze(1) * column.rsqrt().unsqueeze(0)
    return update


def _rms(local: torch.Tensor, parameter: Any) -> torch.Tensor:
    """Return the root mean square of a whole tensor, of which this process has a part."""
    mean: torch.Tensor = _summed(local.square().sum(), parameter) / parameter.numel()
    return mean.sqrt()


def _summed(part: torch.Tensor, parameter: Any) -> torch.Tensor:
    """Return the sum over the processes that share the parameter."""
    if isinstance(parameter, DTensor):
        dist.all_reduce(part, group=parameter.device_mesh.get_group())
    return part


def _local(tensor: Any) -> torch.Tensor:
    """Return the part of a tensor that this process holds; changes to it change the tensor."""
    return cast(torch.Tensor, tensor.to_local() if isinstance(tensor, DTensor) else tensor)
