"""What transformers' own Trainer makes of accumulated batches of an mT5, beside what is made here."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Seq2SeqTrainer, Seq2SeqTrainingArguments

from tests.training.draws import questions
from training.loop import train
from training.model import new_model
from training.settings import Training
from training.tokens import Tokens


def gradient_of_trainer(tokens: Tokens, folder: Path, *, batch: int, accumulate: int) -> float:
    """Return the norm of the gradient that Trainer steps with over 8 examples of equal length."""
    model = new_model("tiny-mt5", tokens, device="cpu", d_model=32, dropout_rate=0.0)
    example = {"input_ids": torch.arange(3, 13), "labels": torch.arange(5, 15)}
    settings: Any = Seq2SeqTrainingArguments(
        output_dir=str(folder), per_device_train_batch_size=batch, gradient_accumulation_steps=accumulate, max_steps=1,
        use_cpu=True, report_to=[], save_strategy="no", logging_strategy="no", disable_tqdm=True, max_grad_norm=0.0,
        learning_rate=1e-9,
    )  # fmt: skip
    kept: list[float] = []

    class Watched(torch.optim.SGD):
        """Keeps the norm of the gradient of each step."""

        def step(self, closure: Any = None) -> Any:
            kept.append(float(torch.stack([weight.grad.norm() for weight in self.param_groups[0]["params"]]).norm()))
            return super().step(closure)

    optimiser = Watched(model.network.parameters(), lr=0.0)
    both: Any = (optimiser, torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0))
    trainer: Any = Seq2SeqTrainer(model=model.network, args=settings, train_dataset=[example] * 8, optimizers=both)
    trainer.train()
    return kept[0]


@pytest.mark.filterwarnings("ignore")  # of Trainer; its numbers are what is looked at
def test_trainer_is_off_by_the_number_of_accumulated_batches_and_this_loop_is_not(
    tokens: Tokens, tmp_path: Path
) -> None:
    once = gradient_of_trainer(tokens, tmp_path / "once", batch=8, accumulate=1)
    four_times = gradient_of_trainer(tokens, tmp_path / "four", batch=2, accumulate=4)
    assert four_times / once == pytest.approx(4, rel=1e-3)
    norms = []
    for at_once in (8, 2):
        plan = Training(name="x", data=("none",), model="none", steps=1, rows=8, rows_at_once=at_once, dropout=0.0,
                        inputs=64, targets=64)  # fmt: skip
        model = new_model("tiny-mt5", tokens, device="cpu", d_model=32)
        norms.append(train(plan, model, questions(60), tmp_path / f"{at_once}")["gradient_norm"])
    assert norms[0] == pytest.approx(norms[1], rel=1e-5)
