"""Families of architectures: which kind of model a ``model_type`` or class name is of.

A family is a line of designs by its common name, not a line of descent: a model
that anybody trained from nothing with Llama's layers is of the family llama.
Gathered by hand from the model types of transformers 5.24 and from configs of
models with code of their own; not complete, and what is not here is of no known
family. What does not belong here: descent between models (``genealogy``).
"""

from __future__ import annotations

import re

__all__ = [
    "ARCHITECTURE_FAMILIES",
    "ARCHITECTURE_HEADS",
    "FAMILIES",
    "MODEL_FAMILIES",
    "family_of",
]

_MODEL_TYPES: dict[str, str] = {
    "llama": "llama llama4 llama4_text mllama mllama_text_model deci nemotron-nas",
    "mistral": "mistral mistral3 mistral4 mixtral ministral ministral3 mistral_large4 pixtral "
    "voxtral voxtral_realtime",
    "qwen": "qwen qwen2 qwen2_moe qwen2_vl qwen2_vl_text qwen2_5_vl qwen2_5_vl_text qwen2_audio "
    "qwen2_5_omni qwen3 qwen3_moe qwen3_next qwen3_vl qwen3_vl_text qwen3_vl_moe qwen3_vl_moe_text "
    "qwen3_omni_moe qwen3_asr qwen3_5 qwen3_5_text qwen3_5_moe qwen3_5_moe_text qwen4_exp",
    "gpt": "gpt2 gpt_neo gpt_neox gpt_neox_japanese gptj gpt_bigcode gpt_oss gpt-sw3 openai-gpt "
    "imagegpt",
    "bert": "bert roberta xlm-roberta xlm-roberta-xl distilbert albert camembert electra deberta "
    "deberta-v2 mobilebert megatron-bert roberta-prelayernorm modernbert nomic_bert big_bird "
    "convbert squeezebert eurobert neobert flaubert mpnet ernie data2vec-text new",
    "deepseek": "deepseek deepseek_v2 deepseek_v3 deepseek_v32 deepseek_v4 deepseek_ref "
    "deepseek_vl deepseek_vl_hybrid deepseek_vl_v2 deepseek_ocr2",
    "gemma": "gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text gemma4 gemma4_text "
    "gemma4_unified recurrent_gemma paligemma shieldgemma2 t5gemma t5gemma2 vaultgemma colpali "
    "embedding_gemma2 diffusion_gemma",
    "phi": "phi phi-msft phi3 phi3_v phi3small phimoe phi4mm phi4_multimodal",
    "t5": "t5 mt5 umt5 longt5 switch_transformers udop",
    "bart": "bart mbart plbart pegasus pegasus_x bigbird_pegasus blenderbot blenderbot-small led "
    "marian m2m_100 nllb-moe fsmt",
    "opt": "opt",
    "bloom": "bloom",
    "falcon": "falcon RefinedWeb RefinedWebModel falcon_h1",
    "mpt": "mpt",
    "dbrx": "dbrx",
    "mamba": "mamba mamba2 falcon_mamba jamba bamba zamba zamba2 plamo2",
    "janus": "janus multi_modality",
    "rwkv": "rwkv rwkv5 rwkv6 rwkv7",
    "cohere": "cohere cohere2 cohere2_moe cohere2_vision aya_vision cohere_asr",
    "glm": "chatglm glm glm4 glm4_moe glm4_moe_lite glm4v glm4v_moe glm46v glm_moe_dsa glm5_next "
    "glm_ocr",
    "internlm": "internlm internlm2 internlm3 internvl internvl_chat internlmxcomposer2",
    "baichuan": "baichuan",
    "yi": "Yi",
    "xverse": "xverse",
    "granite": "granite granitemoe granitemoeshared granitemoehybrid granite_speech",
    "olmo": "olmo olmo2 olmo3 olmoe flex_olmo hf_olmo olmo_hybrid",
    "stablelm": "stablelm stablelm_epoch stablelm_alpha",
    "starcoder": "starcoder2",
    "smollm": "smollm3 smolvlm",
    "minimax": "minimax minimax_m2 minimax_m3_vl minimax_text_01",
    "kimi": "kimi_k2 kimi_k25 kimi_linear kimi_vl",
    "exaone": "exaone exaone4 exaone_moe",
    "nemotron": "nemotron nemotron_h nemotron_h_omni",
    "hunyuan": "hunyuan hunyuan_v1_dense hunyuan_v1_moe hunyuan_vl hy_v3",
    "minicpm": "minicpm minicpm3 minicpmv minicpmo minicpmv4_6 minicpmv4_7",
    "xglm": "xglm",
    "xlnet": "xlnet transfo-xl",
    "xlm": "xlm",
    "llava": "llava llava_next llava_next_video llava_onevision llava_llama llava_qwen "
    "llava_mistral video_llava vipllava bunny-llama",
    "idefics": "idefics idefics2 idefics3",
    "blip": "blip blip-2 instructblip instructblipvideo",
    "clip": "clip clip_text_model clip_vision_model clipseg chinese_clip altclip metaclip_2 xclip "
    "siglip siglip2 siglip_text_model siglip_vision_model align owlvit owlv2 groupvit",
    "vit": "vit deit beit dinov2 dinov2_with_registers dinov3_vit vit_mae vit_msn videomae "
    "timesformer swin swinv2 segformer yolos dpt",
    "convnet": "resnet convnext convnextv2 efficientnet mobilenet_v1 mobilenet_v2 mobilevit regnet",
    "detr": "detr conditional_detr deformable_detr rt_detr rt_detr_v2 table-transformer "
    "grounding-dino d_fine",
    "whisper": "whisper",
    "wav2vec2": "wav2vec2 wav2vec2-bert wav2vec2-conformer hubert wavlm unispeech unispeech-sat "
    "data2vec-audio sew sew-d",
    "esm": "esm esmc esmfold2",
    "layoutlm": "layoutlm layoutlmv2 layoutlmv3 lilt markuplm",
    "sam": "sam sam2 sam2_video sam3 sam_hq edgetam",
}

# Pipelines of image generation have no model type; their class is the architecture.
_CLASSES: dict[str, str] = {
    "llama": "Llama Llama4 Mllama DeciLM",
    "mistral": "Mistral Mixtral Mistral3 Ministral Pixtral Voxtral",
    "qwen": "QWen Qwen2 Qwen2Moe Qwen2VL Qwen2_5_VL Qwen2Audio Qwen3 Qwen3Moe "
    "Qwen3VL Qwen3VLMoe Qwen3Next Qwen3_5 Qwen3_5Moe",
    "gpt": "GPT2 GPTNeo GPTNeoX GPTJ GPTBigCode GptOss OpenAIGPT",
    "bert": "Bert Roberta XLMRoberta DistilBert Albert Camembert Electra Deberta DebertaV2 "
    "ModernBert NomicBert MPNet MobileBert BigBird New",
    "deepseek": "Deepseek DeepseekV2 DeepseekV3 DeepseekV32 DeepseekV4",
    "gemma": "Gemma Gemma2 Gemma3 Gemma3n Gemma4 PaliGemma RecurrentGemma",
    "phi": "Phi Phi3 Phi3V PhiMoE Phi4MM",
    "t5": "T5 MT5 UMT5 LongT5 T5Encoder",
    "bart": "Bart MBart Pegasus Marian M2M100 LED",
    "opt": "OPT",
    "bloom": "Bloom",
    "falcon": "Falcon RW",
    "mpt": "MPT Mpt",
    "dbrx": "Dbrx",
    "mamba": "Mamba Mamba2 FalconMamba Jamba",
    "nemotron": "Nemotron NemotronH",
    "rwkv": "Rwkv",
    "cohere": "Cohere Cohere2",
    "glm": "ChatGLM Glm Glm4 Glm4Moe GlmMoeDsa",
    "internlm": "InternLM InternLM2 InternLM3 InternVLChat",
    "baichuan": "Baichuan BaiChuan",
    "yi": "Yi",
    "granite": "Granite GraniteMoe",
    "olmo": "Olmo Olmo2 Olmo3 Olmoe",
    "stablelm": "StableLm StableLmEpoch",
    "starcoder": "Starcoder2",
    "clip": "CLIP CLIPText CLIPVision Siglip",
    "vit": "ViT DeiT Beit Dinov2 Swin Swinv2 Segformer VideoMAE",
    "llava": "Llava LlavaNext LlavaOnevision LlavaLlama LlavaQwen",
    "whisper": "Whisper",
    "wav2vec2": "Wav2Vec2 Wav2Vec2Bert Hubert WavLM",
    "stable-diffusion": "StableDiffusion StableDiffusionXL StableDiffusion3 StableDiffusionInpaint "
    "StableDiffusionXLInpaint StableDiffusionControlNet",
    "flux": "Flux FluxKontext FluxFill",
}

MODEL_FAMILIES: dict[str, str] = {
    kind: family for family, kinds in _MODEL_TYPES.items() for kind in kinds.split()
}

ARCHITECTURE_FAMILIES: dict[str, str] = {
    stem: family for family, stems in _CLASSES.items() for stem in stems.split()
}

FAMILIES: tuple[str, ...] = tuple(sorted({*_MODEL_TYPES, *_CLASSES}))

ARCHITECTURE_HEADS = r"(For[A-Z]\w*|LMHeadModel|DoubleHeadsModel|PreTrainedModel|Model|Pipeline)$"
"""What the name of a class says after its stem; a pattern of RE2 and of Python alike."""


def family_of(model_type: str | None, architecture: str | None) -> str | None:
    """Name the family of a model.

    Parameters
    ----------
    model_type : str, optional
        As in ``config.json``.
    architecture : str, optional
        Name of its class.

    Returns
    -------
    str or None
        By the model type if it is known, else by the class, else None.
    """
    family = MODEL_FAMILIES.get(model_type or "")
    stem = re.sub(ARCHITECTURE_HEADS, "", architecture or "", flags=re.ASCII)
    return family or ARCHITECTURE_FAMILIES.get(stem)
