"""What ``hub.cards`` says of a text, by definition: slow, and as it is written."""

from __future__ import annotations

import hashlib

__all__ = ["counts"]

_MONTHS = (  # noqa: SIM905 - as readable as a calendar
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
).split()


def counts(model_id: str, text: str, body: str) -> dict[str, object]:
    """Count what needs no Markdown; the body is what follows the front matter."""
    template = [
        word
        for word in body.lower().split()
        if not any(character in "0123456789/\\_@-=|" for character in word)
        if word not in [*_MONTHS, *model_id.lower().split("/")]
    ]
    lower = text.lower()
    return {
        "characters": len(text),
        "words": _words(text),
        "body_characters": len(body),
        "body_words": _words(body),
        "is_auto_generated": "automatically generated" in lower
        or "generated automatically" in lower,
        "n_placeholders": len(lower.split("more information needed")) - 1,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "body_sha256": hashlib.sha256(" ".join(template).encode()).hexdigest()
        if template
        else None,
    }


def _words(text: str) -> int:
    """Count the places where a word begins."""
    return sum(
        not character.isspace() and (place == 0 or text[place - 1].isspace())
        for place, character in enumerate(text)
    )
