"""Names of licenses that were seen and that nobody could review.

They stand on models of two real snapshots; the Hub's list lacks them, and their
texts were not at hand. What a name seems to say is no class: the text may say
otherwise. Listed so that a name that is new in a snapshot can be told from one
that was looked at.

What does not belong here: ids of the Hub's list (``licenses``).
"""

from __future__ import annotations

__all__ = ["UNREVIEWED_LICENSES"]

UNREVIEWED_LICENSES: frozenset[str] = frozenset(
    """
    adaface-ms1mv2 adelaidet adobe-deep-image-matting-dataset-license
    altic-fluidvoice-apps-only altic-non-commercial-with-apache-2.0-upstream
    apache-2.0-and-cc-by-nc-sa-4.0 apache-2.0-and-gemma-terms apache-2.0-with-naming-clause
    apmic-license bananamind-community-license-1.0 bee-movie-script bria-rmbg-2.0
    burgstall-lora-license-with-ltx-2-community-license-agreement
    captchakraken-source-available-v1.1 circlestone-labs-non-commercial-license
    civitai-image-rentcivit civitai-image-rentcivit-rent civitai-image-rentcivit-rent-sell
    civitai-model-license civitai-rentcivit-image climategpt-community-license
    clyrai-research-preview cms-manhattan-jirack-v1.4 coqui-public-model-license
    custom-personal-use-only demodokos-foundry-proprietary-model dinov3-license
    dmj-community-license-dcl exaone falcon-llm-license falcon-mamba-7b-license
    fish-audio-research-license flux-kontext-dev-license flux-non-commercial-license
    flux-non-commercial-v2.1 fraqtl-model-license fraqtl-verification funasr-model-license
    funasr-model-license-1.1 genpio-voices-model-license glm-4 glyph-proprietary-1.0
    hamo-rail-s-1.0 health-ai-developer-foundations holley-community-license-1.0
    how-to-get-a-license-when-i-dont-want-to-die indian-govt-public-text inherits-base-model
    inherits-base-model-and-dataset-terms iuggvh kaynak-sartlari kimi-k3
    krea-2-community-license lemonseed-research lfm1.0 lfm1.0-base-cc-by-4.0-data
    ltx-2-community-license ltx-2.x-community-license m marionette-research-only
    mediapipe-pytorch-license mimir-license-v1.0-research-model-license
    minimax-community-license minimax-h3-community-license minimax-music3-community-license
    minimax-music3-communityclicense minimax-music3-terms mit-and-apache-2.0
    mit-code-corpus-derived-artifact mixed mixed-see-licensing-section mixed-upstream-terms
    model-license modified-mit modilify-open-model-license-1.0 ms-license muse-glimmer
    neomorphic-proprietary npl-1.1 nsclv1 nvidia-groot-wbc nvidia-internal nvidia-license
    nvidia-nemotron-open-model-license nvidia-openmdw-and-dataset-other nvidiasmel odyssey-ai
    ora-custom-model-license oris-research-license peal-v4-sovereign-root pending-review
    per-model project-yuka qana-open-attribution-1.0 qwen-research qwen3.8-max research-only
    research-only-amass-derived research-only-beta research-preview-see-card
    research-weights-see-license-notice s1-mini-license sarvam-ai-research-license schift-2.0
    see-base-model see-individual-model-repos stable-audio-community tabpfn-3-license-v1.0
    taste2-research-only thestage-ai-proprietary trellis2-dinov3-rmbg-multiple-licenses
    unspecified-base-model-license unstated-upstream upstage-solar-license use vuniti-eula
    webai-non-commercial-license-ver.-1.0 whizreviewer-llama-3.1-license whyxlicense
    """.split()  # noqa: SIM905 - a hundred quoted words are harder to review
)
"""Ids as ``licenses.license_id`` gives them."""
