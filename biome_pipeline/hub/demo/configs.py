"""Configs of the demo Hub: architectures that descend along the families, and mutate.

Each model takes its numbers from its first parent, also through ancestors
without a config of their own (adapters, GGUF files); then they mutate with the
planted probabilities.

What does not belong here: how a file writes the numbers (`config_files`), and
files that are wrong on purpose (`config_anomalies`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biome_pipeline.hub.demo.architectures import DECODERS, Architecture, architecture_of
from biome_pipeline.hub.demo.config_files import FORKS, config_fields, config_text, stated_numbers
from biome_pipeline.hub.demo.planted import PLANTED

if TYPE_CHECKING:
    from biome_pipeline.hub.demo.members import Member

__all__ = [
    "COINS_OF_CONFIG",
    "Config",
    "Lineage",
    "config_mutations",
    "draw_lineages",
    "write_config",
]

COINS_OF_CONFIG = 9
"""How many random numbers a config is drawn with."""

_VOCABULARY_STEPS = (2, 8, 64, 256, 1024)
_CONTEXT_FACTORS = (2, 4, 8)
_DTYPES = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}
_HALF = frozenset({"bfloat16", "float16"})
_MANY_PARAMETERS = 10**9
_QUANTIZATION_DETAILS: dict[str, dict[str, Any]] = {
    "awq": {"group_size": 128, "version": "gemm", "zero_point": True},
    "gptq": {"group_size": 128, "desc_act": False, "sym": True},
    "bitsandbytes": {"bnb_4bit_quant_type": "nf4", "llm_int8_threshold": 6.0},
}


@dataclass(frozen=True)
class Lineage:
    """What a model inherits and hands on, whether or not it has a config.

    Attributes
    ----------
    architecture : Architecture or None
        Its numbers; None for those without (diffusion pipelines).
    fork : int or None
        The names its family uses, an index into `FORKS`; None for the usual.
    """

    architecture: Architecture | None
    fork: int | None


@dataclass(frozen=True)
class Config:
    """A config, and what is true of it.

    Attributes
    ----------
    text : str
        config.json.
    facts : dict of str to int, str, bool or None
        What it states: the numbers, ``dtype``, ``has_tied_embeddings`` and the
        four uses; None for what is not stated.
    parameters : int or None
        How many parameters the numbers make; None if they do not tell.
    counted_parameters : int or None
        How many the row counts; None if it counts none, or packed ones.
    """

    text: str
    facts: dict[str, Any]
    parameters: int | None
    counted_parameters: int | None


def draw_lineages(members: Sequence[Member], coins: Sequence[Sequence[float]]) -> list[Lineage]:
    """Let architectures descend and mutate.

    Parameters
    ----------
    members : sequence of Member
        The models, parents first.
    coins : sequence of sequence of float, each of length COINS_OF_CONFIG
        Uniform on [0, 1), for each model.

    Returns
    -------
    list of Lineage
        One per model.
    """
    lineages: list[Lineage] = []
    for member, of_member in zip(members, coins, strict=True):
        if member.parents:
            parent = lineages[member.parents[0]]
            changed = _mutate(parent.architecture, member.kind, of_member)
            # Most models hand on what they got: no object of their own.
            is_same = changed is parent.architecture
            lineages.append(parent if is_same else Lineage(changed, parent.fork))
        else:
            architecture = architecture_of(member.model_type, member.size)
            lineages.append(Lineage(architecture, _fork(architecture, of_member)))
    return lineages


def write_config(member: Member, lineage: Lineage, coins: Sequence[float]) -> Config:
    """Write the config of a model.

    Parameters
    ----------
    member : Member
        The model; its file agrees with the reduced config of its row.
    lineage : Lineage
        What it inherited, with its own mutations.
    coins : sequence of float, length COINS_OF_CONFIG
        Uniform on [0, 1).

    Returns
    -------
    Config
        The config.
    """
    row, architecture = member.row, lineage.architecture
    reduced = dict(row.config or {})
    quantization = reduced.pop("quantization_config", None)
    fields: dict[str, Any] = reduced
    facts: dict[str, Any] = {}
    dtype = None
    if architecture is None:
        fields = {**reduced.pop("diffusers", {}), "_diffusers_version": "0.31.0", **reduced}
    else:
        # Only a model with as many of them may leave them out: that is their default.
        has_all_heads = architecture.num_kv_heads == architecture.num_heads
        omits = has_all_heads and coins[4] < PLANTED["config_kv_heads_omitted"]
        numbers = stated_numbers(architecture, omits_kv_heads=omits)
        is_new = coins[8] < PLANTED["config_new_names"]
        fields.update(config_fields(architecture, numbers, lineage.fork, is_new=is_new))
        facts.update(numbers)
        facts["has_tied_embeddings"] = architecture.has_tied_embeddings
        facts["uses_moe"] = bool(architecture.num_experts)
        facts["uses_gqa"] = _uses_gqa(numbers)
        facts["uses_rope"] = architecture.rope_theta is not None
        if coins[5] >= PLANTED["config_dtype_omitted"]:
            dtype = _dtype(member, architecture, coins[6])
        if dtype is not None or coins[7] < 0.5:
            fields["dtype" if is_new else "torch_dtype"] = dtype
        fields["transformers_version"] = "5.2.0" if is_new else "4.41.2"
    facts["dtype"] = dtype
    facts["uses_quantization"] = quantization is not None
    if quantization is not None:
        details = _QUANTIZATION_DETAILS.get(str(quantization.get("quant_method")), {})
        fields["quantization_config"] = {**details, **quantization}
    counted = sum(row.dtypes.values()) if row.dtypes and quantization is None else None
    parameters = architecture.parameters if architecture is not None else None
    return Config(config_text(fields), facts, parameters, counted)


def config_mutations(
    members: Sequence[Member], configs: Sequence[Config | None]
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Compare what configs state along the edges.

    Parameters
    ----------
    members : sequence of Member
        The models.
    configs : sequence of Config or None
        Their configs; None for models without one.

    Yields
    ------
    tuple of str
        Child, parent, relation, attribute, and both values as JSON would write
        them, for each attribute that both state and that differs.
    """
    for child, of_child in zip(members, configs, strict=True):
        if of_child is None:
            continue
        for place in child.parents:
            of_parent = configs[place]
            if of_parent is None or of_parent.facts == of_child.facts:
                continue
            for attribute, value in of_child.facts.items():
                before = of_parent.facts.get(attribute)
                if value is not None and before is not None and value != before:
                    yield (
                        child.id, members[place].id, child.kind, attribute,
                        _as_text(before), _as_text(value),
                    )  # fmt: skip


def _as_text(value: Any) -> str:  # noqa: ANN401 - numbers, booleans and text alike
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fork(architecture: Architecture | None, coins: Sequence[float]) -> int | None:
    if architecture is None or architecture.model_type not in DECODERS:
        return None
    share = PLANTED["config_fork"]
    return int(coins[0] / share * len(FORKS)) if coins[0] < share else None


def _mutate(
    architecture: Architecture | None, kind: str, coins: Sequence[float]
) -> Architecture | None:
    """Take an architecture one edge further."""
    if architecture is None:
        return None
    if kind == "finetune":
        if architecture.vocab_size and coins[0] < PLANTED["config_vocabulary_resized"]:
            step = _VOCABULARY_STEPS[int(coins[1] * len(_VOCABULARY_STEPS))]
            architecture = architecture.with_vocabulary(architecture.vocab_size + step)
        if architecture.rope_theta and coins[2] < PLANTED["config_context_extended"]:
            factor = _CONTEXT_FACTORS[int(coins[3] * len(_CONTEXT_FACTORS))]
            architecture = architecture.with_longer_context(factor)
    elif kind == "merge" and architecture.model_type in DECODERS:
        if coins[0] < PLANTED["config_layers_duplicated"]:
            architecture = architecture.with_layers_twice()
        if not architecture.num_experts and coins[2] < PLANTED["config_experts_added"]:
            architecture = architecture.with_experts()
    return architecture


def _uses_gqa(numbers: dict[str, int | None]) -> bool | None:
    heads, kv_heads = numbers["num_heads"], numbers["num_kv_heads"]
    return None if heads is None or kv_heads is None else kv_heads < heads


def _dtype(member: Member, architecture: Architecture, u: float) -> str:
    """Give the data type of the weights, or what a trainer wrote in its place."""
    counted = member.row.dtypes or {}
    parameters = architecture.parameters or 0
    usual = "float16" if parameters >= _MANY_PARAMETERS else "float32"
    dtype = next((dtype for name, dtype in _DTYPES.items() if name in counted), usual)
    is_restated = member.kind == "finetune" and u < PLANTED["config_states_float32"]
    return "float32" if dtype in _HALF and is_restated else dtype
