"""Models by way of lm-evaluation-harness: what it can run (vLLM, servers, GGUF files) answers the same questions."""

from collections.abc import Sequence
from typing import Any

from aya.errors import UserError, needs
from aya.text import digest
from training.evaluation.answers import Answer
from training.evaluation.items import Question
from training.evaluation.task import Task
from training.model import SEPARATOR

PREFIX = "lm-eval:"


class Harness:
    """A model as lm-evaluation-harness names it: `lm-eval:vllm,pretrained=org/model,dtype=bfloat16`.

    Its scores are sums over the tokens of a choice without the end of the text. It lets an encoder-decoder write as
    many tokens as the prompt has beside those of the task's decoding.
    """

    def __init__(self, name: str) -> None:
        with needs("harness"):
            from lm_eval.api.registry import get_model
        kind, _, arguments = name.removeprefix(PREFIX).partition(",")
        self.name, self.fingerprint = name, digest(name)
        try:
            self._model: Any = get_model(kind).create_from_arg_string(arguments)
        except (ValueError, OSError, KeyError) as error:
            raise UserError(f"{name}: {str(error).splitlines()[0]}") from error
        # An encoder-decoder has prompt and choice on two sides.
        self._between = "" if getattr(self._model, "backend", "causal") == "seq2seq" else SEPARATOR

    def answers(self, task: Task, questions: Sequence[Question]) -> list[Answer]:
        """Return its scores of the choices, or its completions."""
        if task.end:
            raise UserError(f"{task.name}: lm-evaluation-harness does not score the end of a text; leave `end` out")
        return self._completions(task, questions) if task.kind == "generate" else self._scores(questions)

    def _scores(self, questions: Sequence[Question]) -> list[Answer]:
        pairs = [(one.text, f"{self._between}{choice}") for one in questions for choice in one.choices]
        found = iter(self._model.loglikelihood(_requests("loglikelihood", pairs), disable_tqdm=True))
        return [Answer(scores=tuple(next(found)[0] for _ in one.choices)) for one in questions]

    def _completions(self, task: Task, questions: Sequence[Question]) -> list[Answer]:
        said = task.decoding
        settings: dict[str, Any] = {"until": [], "max_gen_toks": said.most, "do_sample": said.sample}
        settings |= {"temperature": said.temperature, "top_p": said.top_p} if said.sample else {"num_beams": said.beams}
        pairs = [(f"{one.text}{self._between}", settings) for one in questions]
        made = self._model.generate_until(_requests("generate_until", pairs), disable_tqdm=True)
        return [Answer(text=text.strip()) for text in made]


def _requests(kind: Any, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    from lm_eval.api.instance import Instance

    return [Instance(request_type=kind, doc={}, arguments=one, idx=number) for number, one in enumerate(arguments)]
