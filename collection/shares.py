"""A tree of weights with capacities at its leaves, and how a total is split over it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from collection.quotas import apportion


@dataclass(frozen=True, slots=True)
class Node:
    """A weight among its sisters, and either children or the number of a leaf."""

    weight: float
    capacity: int
    children: tuple["Node", ...] = ()
    leaf: int | None = None


def branch(weight: float, children: Iterable[Node]) -> Node:
    """Return a node that holds what its children of weight hold."""
    children = tuple(children)
    capacity = sum(child.capacity for child in children if child.weight > 0)
    return Node(weight if capacity else 0, capacity, children)


def split(tree: Node, total: int, num_leaves: int) -> list[int]:
    """Return the quota of every leaf; at each level they sum to what their parent has.

    What is above a node's capacity goes to its sisters.
    """
    quotas = [0] * num_leaves
    todo = [(tree, total)]
    while todo:
        node, part = todo.pop()
        if node.leaf is not None:
            quotas[node.leaf] = part
        elif part:
            weights = np.asarray([child.weight for child in node.children], np.float64)
            capacities = np.asarray([child.capacity for child in node.children], np.int64)
            todo += zip(node.children, apportion(part, weights, capacities).tolist(), strict=True)
    return quotas


def shares_of(tree: Node, num_leaves: int) -> list[float]:
    """Return the share (0-1) of every leaf as the weights alone have it."""
    shares = [0.0] * num_leaves
    todo = [(tree, 1.0)]
    while todo:
        node, share = todo.pop()
        if node.leaf is not None:
            shares[node.leaf] = share
        elif share:
            sum_ = sum(child.weight for child in node.children)
            todo += [(child, share * (child.weight / sum_)) for child in node.children]
    return shares
