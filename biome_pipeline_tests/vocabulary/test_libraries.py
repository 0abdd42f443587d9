"""A library has one name, whoever writes it; languages that name none are none."""

from __future__ import annotations

import random

import pytest

from biome_pipeline.vocabulary.languages import language_aliases, stated_language
from biome_pipeline.vocabulary.libraries import library_name


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Transformers", "transformers"),
        ("sentence_transformers", "sentence-transformers"),
        ("scikit-learn", "sklearn"),
        ("torch", "pytorch"),
        ("llama-cpp", "llama.cpp"),
        ("llama-cpp-python", "llama-cpp-python"),
        ("ik_llama.cpp", "ik-llama.cpp"),
        ("ComfyUI", "comfyui"),
        ("comfyUI", "comfyui"),
        ("PyLate", "pylate"),
        ("open_clip", "open_clip"),
        ("open-clip", "open_clip"),
        ("Model Optimizer", "model-optimizer"),
        ("tf-keras", "tf-keras"),
        ("other", "other"),
        ("", None),
        ("unknown", None),
    ],
)
def test_libraries(spelling: str, name: str | None) -> None:
    assert library_name(spelling) == name


def test_a_name_of_a_name_is_the_same() -> None:
    draw = random.Random(0)
    pieces = ["tf", "torch", "py", "open", "clip", "llama", "cpp", ".", "-", "_", " ", "A"]
    for _ in range(3000):
        name = library_name("".join(draw.choices(pieces, k=draw.randrange(6))))
        assert name is None or library_name(name) == name


def test_codes_that_name_no_language_are_not_stated() -> None:
    assert [stated_language(code) for code in ("und", "mis", "zxx", "")] == [None] * 4
    assert stated_language("mul") == stated_language("multilingual") == "multilingual"
    codes = {code for code, _ in language_aliases().values()} - {"und", "mis", "zxx", "mul"}
    assert all(stated_language(code) == code for code in codes)
