"""Sentences on losses: planted differences are told, noise is called noise."""

import numpy as np
import pytest

from biome_pipeline.evolution.ablation import ablation_rows
from biome_pipeline.evolution.losses import loss_sentences


def worlds(effect, seed, *, n_seeds=5, noise=0.04):
    """An arm whose losses differ from its control's by a planted effect."""
    rng = np.random.default_rng([51, seed])
    arms = {}
    for name, shift in (("chance", 0.0), ("arm", effect)):
        arms[name] = {
            one: {
                "loss": 1.0 + shift - 0.1,
                "retrained_loss": 1.0 + shift + float(rng.normal(0, noise)),
                "selection_bias": 0.1 + float(rng.normal(0, 0.01)),
                "seed_noise": noise,
            }
            for one in range(n_seeds)
        }
    return loss_sentences(ablation_rows(arms, lambda _arm: "chance"))


def test_planted_differences_are_told():
    better = [worlds(-0.3, seed)["arm"] for seed in range(50)]
    worse = [worlds(+0.3, seed)["arm"] for seed in range(50)]
    assert all(": better than it." in sentence for sentence in better)
    assert all(": worse than it." in sentence for sentence in worse)


def test_luck_is_told_where_its_interval_leaves_out_zero():
    assert ": luck that was selected." in worlds(0.0, 0)["arm"]


def test_without_an_effect_noise_is_called_noise():
    """In 400 worlds without effect; 5 % may be called a difference, and 8 % at the most."""
    told = [worlds(0.0, seed)["arm"] for seed in range(400)]
    wrong = [sentence for sentence in told if ": noise." not in sentence]
    assert 4 <= len(wrong) <= 32


def test_a_sentence_holds_the_numbers():
    rows = ablation_rows(
        {
            "chance": {0: {"loss": 1.0, "retrained_loss": 1.2, "loss_at_equal_flops": 1.0}},
            "arm": {
                0: {
                    "loss": 0.5,
                    "retrained_loss": 0.75,
                    "loss_at_equal_flops": 1.5,
                    "selection_bias": 0.25,
                    "seed_noise": 0.04,
                }
            },
        },
        lambda _arm: "chance",
    )
    assert loss_sentences(rows) == {
        "chance": "Finalists trained anew reach a loss of 1.20 (n = 1 seeds). "
        "With equal operations of training it is 1.00.",
        "arm": "Finalists trained anew reach a loss of 0.75 (n = 1 seeds). Against chance that "
        "is -0.45: one seed cannot tell this from noise. With equal operations of training it "
        "is 1.50, +0.50: one seed cannot tell this from noise. The losses that they were "
        "selected for were lower by 0.25: noise, or luck that was selected. One genome's losses "
        "vary by 0.04 from seed to seed.",
    }


@pytest.mark.parametrize("bias", [-0.1, 0.0])
def test_without_luck_none_is_claimed(bias):
    arms = {"arm": {0: {"loss": 1.0, "retrained_loss": 1.0, "selection_bias": bias}}}
    (sentence,) = loss_sentences(ablation_rows(arms, lambda arm: arm)).values()
    assert "were no lower than these" in sentence
    assert "luck" not in sentence


def test_searches_without_training_have_no_sentence():
    assert loss_sentences(ablation_rows({"a": {0: {"layers": 3.0}}}, lambda arm: arm)) == {}
