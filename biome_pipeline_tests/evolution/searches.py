"""Small searches for the tests, and an evaluator that trains nothing but pretends to."""

from pathlib import Path

import numpy as np

from biome_pipeline.evolution.evaluators import ANALYTIC
from biome_pipeline.evolution.founders import FOUNDERS
from biome_pipeline.evolution.operators import OPERATORS
from biome_pipeline.evolution.plan import Arm
from biome_pipeline.evolution.search import Search
from biome_pipeline.evolution.sweep import tasks_of
from biome_pipeline.evolution.sweep_files import sweep_of

WEIGHTS = {name: operator.weight for name, operator in OPERATORS.items()}


class Pretended:
    """A loss out of the train seed: some of it missing, some not a number."""

    name = "pretended"
    metrics = ("loss",)
    rungs = (0.2, 1.0)
    n_finalists = 2
    n_retrainings = 3

    def evaluate(self, genome, *, rung, train_seed):
        draw = np.random.default_rng([train_seed, rung])
        kind = draw.random()
        if kind < 0.1:
            return {}
        return {"loss": float("nan") if kind < 0.2 else float(draw.random())}

    def retrain(self, genome, *, train_seed):
        return {"loss": train_seed / 2**31}


def arm(**changes):
    return Arm.model_validate_json(Arm().model_dump_json()).changed(
        {"population": 8, "children": 8, "budget": 60, **changes}
    )


def search(rules, seed=0, *, evaluator=ANALYTIC, weights=WEIGHTS, founders=None):
    made = founders or FOUNDERS[rules.founders](rules.vocabulary, rules.sequence)
    return Search(rules, seed, founders=made, weights=weights, evaluator=evaluator)


def run(one):
    """Run a search to its end, and give its events."""
    events = []
    while (event := one.next_event()) is not None:
        events.append(event)
        one.apply(event)
    return events


def task(folder: Path, *, seed=3, name="main", **changes):
    fields = {"budget": 80, "population": 8, "children": 8, "founders": "rich", **changes}
    content = {"sweep_id": "small", "seeds": [seed], "arms": {name: fields}}
    return tasks_of(sweep_of(content, place="test"), folder)[0]
