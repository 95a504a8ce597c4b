"""The columns that a translated row has besides its texts."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pyarrow as pa

from translation.segments import Locale
from translation.translate import Pair, Translated

WRITES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "source_inputs": pa.large_string(),
        "source_targets": pa.large_string(),
        "source_language": pa.string(),
        "logprob": pa.float32(),
        "worst_logprob": pa.float32(),
        "num_tokens": pa.int32(),
        "finished": pa.bool_(),
        "fault": pa.string(),
    }
)
"""The texts that were translated and their language (ISO 639-3), what the decoder says, and why a row is of no use."""


def columns(pairs: Sequence[Pair], made: Sequence[Translated], *, source: Locale) -> dict[str, pa.Array]:
    """Return the columns of `WRITES` for pairs and their translations."""
    values: Mapping[str, Sequence[object]] = {
        "source_inputs": [pair.inputs for pair in pairs],
        "source_targets": [pair.targets for pair in pairs],
        "source_language": [source.language] * len(pairs),
        "logprob": [one.logprob for one in made],
        "worst_logprob": [one.worst_logprob for one in made],
        "num_tokens": [one.num_tokens for one in made],
        "finished": [one.finished for one in made],
        "fault": [one.fault for one in made],
    }
    return {name: pa.array(values[name], type_) for name, type_ in WRITES.items()}
