"""A network over packed rows: its logits, and the losses of the completions in them."""

from typing import Any

from aya.errors import needs
from training.batches import IGNORED, Batch
from training.masks import block_mask, causal_mask

with needs("training"):
    import torch
    from torch.nn.functional import cross_entropy


class Packed(torch.nn.Module):
    """Runs a network of transformers over packed rows as if each example stood alone.

    The positions of T5 are differences of query and key, so blocks of a row need no shift; other models get positions
    that begin anew with each example.
    """

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return for each row the sum, over its completions, of the mean loss of their tokens.

        All rows of a step together, divided by the number of their completions, are its loss.
        """
        logits = self.logits(batch).float()
        losses = cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), ignore_index=IGNORED, reduction="none")
        return (losses.view_as(batch.weights) * batch.weights).sum(dim=1)

    def logits(self, batch: Batch) -> torch.Tensor:
        """Return the logits at every place of the decoder."""
        network: Any = self.network
        if not network.config.is_encoder_decoder:
            mask = causal_mask(batch.segments)
            found: torch.Tensor = network(
                input_ids=batch.decoder, attention_mask=mask, position_ids=batch.positions, use_cache=False
            ).logits
            return found
        encoded = network.get_encoder()(
            input_ids=batch.inputs, attention_mask=block_mask(batch.input_segments, batch.input_segments)
        )
        found = network(
            encoder_outputs=encoded,
            attention_mask=block_mask(batch.segments, batch.input_segments),
            decoder_input_ids=batch.decoder,
            decoder_attention_mask=causal_mask(batch.segments),
            use_cache=False,
        ).logits
        return found
