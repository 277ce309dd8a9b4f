"""What the YAML files of this folder call; ``bridgex export lm-eval`` wrote all of them.

Tasks whose options are scored need nothing but lm-eval. Answers in words, and combinations of
strategies, are judged by bridgex, which has to be installed beside it.
"""

import json
from pathlib import Path
from typing import Any

import datasets
from lm_eval.api.metrics import mean
from lm_eval.api.task import ConfigurableTask


def read(file: str, **_metadata: Any) -> dict[str, datasets.Dataset]:
    """Return the documents of a task, from a file beside this one."""
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.split("\n") if line]
    return {"test": datasets.Dataset.from_list(rows)}


class Judged(ConfigurableTask):  # type: ignore[misc]
    """A task that asks every prompt of a document, and lets bridgex judge the answers."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config={key: each for key, each in config.items() if key != "class"})

    def construct_requests(self, doc: Any, ctx: Any, **more: Any) -> list[Any]:
        """Return what is asked: each prompt, with every option where there are options."""
        several = len(doc["asked"]) > 1
        if several and ctx != doc["asked"][0]["prompt"]:
            raise ValueError(
                "A combination of strategies has several prompts, which take neither a chat "
                "template nor lm-eval's own examples; leave those options out."
            )
        asked = []
        for each in doc["asked"]:
            prompt = each["prompt"] if several else ctx
            made = super().construct_requests({**doc, "asked": [each]}, prompt, **more)
            asked += made if isinstance(made, list) else [made]
        for at, request in enumerate(asked):
            request.idx = at
        return asked

    def process_results(self, doc: Any, results: Any) -> dict[str, Any]:
        """Return metric → the score of one item, or what the metric is computed from."""
        from bridgex.interop.lm_eval.judge import judge

        scored = self.OUTPUT_TYPE == "multiple_choice"
        return judge(doc, [each[0] if scored else each for each in results])

    def aggregation(self) -> dict[str, Any]:
        """Return metric → what makes one value of those of all items."""
        from bridgex.interop.lm_eval.judge import aggregations

        return aggregations(self.task_docs[0], mean)

    def higher_is_better(self) -> dict[str, bool]:
        """Return metric → True."""
        return dict.fromkeys(self.aggregation(), True)
