"""Who sees whom in packed rows, as boolean masks: an example sees its own tokens and no other's.

Segments number the examples of a row from 1; 0 is padding. Shapes: B rows, Q queries, K keys; masks are (B, 1, Q, K).
"""

from aya.errors import needs

with needs("training"):
    import torch


def block_mask(queries_BQ: torch.Tensor, keys_BK: torch.Tensor) -> torch.Tensor:
    """Return the mask of an encoder (both segments the same) or of a decoder that looks at its encoder."""
    seen = (queries_BQ[:, None, :, None] == keys_BK[:, None, None, :]) & (keys_BK[:, None, None, :] > 0)
    return _with_one_key(seen)


def causal_mask(segments_BQ: torch.Tensor) -> torch.Tensor:
    """Return the mask of a decoder that looks at itself: its own segment, nothing that comes later."""
    size = segments_BQ.shape[1]
    earlier = torch.ones(size, size, dtype=torch.bool, device=segments_BQ.device).tril()
    seen = (segments_BQ[:, None, :, None] == segments_BQ[:, None, None, :]) & (segments_BQ[:, None, None, :] > 0)
    return _with_one_key(seen & earlier)


def _with_one_key(seen: torch.Tensor) -> torch.Tensor:
    """Let padding look at the first key: attention over nothing is not a number."""
    blind = ~seen.any(dim=-1, keepdim=True)
    first = torch.zeros(seen.shape[-1], dtype=torch.bool, device=seen.device)
    first[0] = True
    return seen | (blind & first)
