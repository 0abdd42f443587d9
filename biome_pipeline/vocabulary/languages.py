"""Language codes as the Hub's users write them, brought to ISO 639.

Source: ISO 639-1 and 639-3 as shipped with pycountry. A card may name a
language by code, by code and region (``pt-BR``), or in English; a tag counts
only as a bare code, and not when it is better known as a topic.
"""

from __future__ import annotations

from functools import cache

__all__ = [
    "LOOKALIKES",
    "MULTILINGUAL",
    "language_aliases",
    "language_name",
    "stated_language",
]

MULTILINGUAL = "multilingual"

# Codes of ISO 639 that name no language: not coded, not determined, no words.
_NO_LANGUAGE = frozenset({"", "mis", "und", "zxx"})

# Tags that are ISO 639-3 codes on paper and topics, methods, libraries or
# English words in fact. Gathered by hand, with the tags of two real snapshots
# at hand; not complete.
LOOKALIKES: frozenset[str] = frozenset(
    """
    abi act aio ali api app art asr bas bce bit bot bpe cam cli cnn cot cpp cpt cpu crf csv ctc dag
    dev dit dna doc doe dos dot dpo erp esm eve evo ext faq fal fan flu fly fun gan gcc gdn get git
    gnn god gov gpt gpu gqa gsp gui hal her how hub ibm iot iso its jax jit job jpg kan kto lag lan
    las law lcm ldm led llm lms log lol lpr lrm lst mae man mas max mcp med men mew mla mlm mlp mlx
    moe mon mos mot mow mrc mri msc mse mtl mtp ner nas net new nix nlg nlp nlu nmt npc npu ocr odd
    old ood ops org orm out pde pic pid pii pin pip png poc poi ppo ppp pre prm ptq pyt qat qna rag
    ram raw rbm reg rep res rft rim rna rnn rob run sae sam sar sci sde sdf sdk sem seo seq sft sha
    she sim sip six slm sms soc sql srl ssd ssl ssm ste stt sub sus svm swa tab tag tax tda tdt ted
    tex the tip tok tool tpu trl tst tsv tts ttt two vad vae vec vid vit vla vlm voc vor vqa wan wav
    web wer won wsi www xai xml xpu xtc yaml yes yml zoo
    """.split()  # noqa: SIM905 - two hundred quoted words are harder to review
)


@cache
def language_aliases() -> dict[str, tuple[str, bool]]:
    """Map every accepted spelling to its code.

    Returns
    -------
    dict of str to tuple of (str, bool)
        Lower-case spelling to the ISO 639 code (two letters where there are
        two) and whether it also counts as a tag.
    """
    import pycountry

    aliases: dict[str, tuple[str, bool]] = {}
    for language in pycountry.languages:
        two = getattr(language, "alpha_2", "")
        three = language.alpha_3
        code = two or three
        spellings = [three, getattr(language, "bibliographic", "")]
        for spelling in filter(None, spellings):
            aliases[spelling] = (code, spelling not in LOOKALIKES)
        if two:
            aliases[two] = (code, True)
            # Only the large languages by name: small ones share theirs with topics.
            name = language.name.split(";")[0].split("(")[0].strip().lower()
            aliases.setdefault(name, (code, False))
    # YAML reads the bare word "no" as a boolean.
    aliases["false"] = ("no", False)
    aliases[MULTILINGUAL] = (MULTILINGUAL, True)
    return aliases


def stated_language(code: str) -> str | None:
    """Tell which language a code states.

    Parameters
    ----------
    code : str
        As in ``hub.models``, where codes are those of ISO 639.

    Returns
    -------
    str or None
        The code; ``multilingual`` for ``mul``, which means the same; ``None`` for
        the codes that name no language.
    """
    if code in _NO_LANGUAGE:
        return None
    return MULTILINGUAL if code == "mul" else code


@cache
def language_name(code: str) -> str | None:
    """Give the English name of a language.

    Parameters
    ----------
    code : str
        Of ISO 639, as in ``hub.models``.

    Returns
    -------
    str or None
        Its name without what stands in brackets; ``None`` for a code of none.
    """
    import pycountry

    if code == MULTILINGUAL:
        return "several languages"
    field = "alpha_2" if len(code) == 2 else "alpha_3"
    found = pycountry.languages.get(**{field: code})
    return None if found is None else found.name.split(";")[0].split("(")[0].strip()
