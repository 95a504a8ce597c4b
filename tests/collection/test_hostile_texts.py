import time
from typing import get_args

import pytest

from aya.stage import Stage
from aya.table import records
from collection.echo import Echo
from collection.length import Length
from collection.markup import Artefact, Markup
from collection.pii import Pii
from collection.repetition import Repetition
from collection.script import Script

SIZE = 100_000
PIECES = "0 1 @ @a a@a. a.b@ {{ {% <b &a a: 1. + +1 (0 0· Ã© ̀ à ab \x00 _ %( ${ क् ที่ ```".split(" ")
STAGES = (Pii(), Markup(artefacts=get_args(Artefact)), Repetition(), Script(), Length(), Echo(beginning=True))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_no_text_costs_more_than_in_step_with_its_length(stage: Stage) -> None:
    """A pattern that goes back over what it read would take hours for one of these; all take seconds."""
    texts = [piece * (SIZE // len(piece)) for piece in (*PIECES, *(f"{piece} " for piece in PIECES), "+1" + "1" * 9)]
    started = time.process_time()
    stage(records({"id": str(i), "inputs": text + "x", "targets": text} for i, text in enumerate(texts)))
    assert time.process_time() - started < 60
