"""Random model cards, put together from pieces whose truth is known.

What does not belong here: the definitions (``biome_pipeline_tests.reference``).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

__all__ = ["DrawnCard", "draw_card", "draw_markdown", "draw_yaml_like"]

# One heading of each section and more, as people write them; each names exactly
# the sections beside it.
NAMED = {
    "Uses": {"intended_use"},
    "Direct Use": {"intended_use"},
    "Intended uses & limitations": {"intended_use", "limits"},
    "Misuse, Malicious Use, and Out-of-Scope Use": {"intended_use"},
    "**Bias, Risks, and Limitations**": {"limits"},
    "Ethical considerations": {"limits"},
    "Recommendations": {"limits"},
    "Training Data [optional]": {"training_data"},
    "Training and evaluation data": {"training_data"},
    "3.1 Pre-training data": {"training_data"},
    "Datasets [optional]": {"training_data"},
    "📊 Evaluation Results": {"evaluation"},
    "Benchmarks": {"evaluation"},
    "[Evaluation](#evaluation)": {"evaluation"},
    "评估结果": {"evaluation"},
    "License": {"license"},
    "LICENCE": {"license"},
    "License and Citation": {"license", "citation"},
    "许可证": {"license"},
    "How to cite": {"citation"},
    "BibTeX entry and citation info": {"citation"},
    "引用": {"citation"},
    "Environmental Impact": {"environmental_impact"},
    "Carbon footprint": {"environmental_impact"},
    '<a name="co2"></a> CO2 Emissions': {"environmental_impact"},
}
APART = (
    "Training procedure",
    "Training set-up",
    "Training hyperparameters",
    "How to use",
    "Framework versions",
)
UNKNOWN = ("Model Summary", "Useful links", "Notes", "2024", "Databases", "Acknowledgements", "")

SAYING = (
    "It is {word}.",
    "- **Hardware Type:** 8xA100",
    "```\n@article{{{word}}}\n```",
    "| {word} | 0.9 |\n|---|---|",
    "more information needed, but {word}",
    "学習",
    "5",
)
VACANT = (
    "",
    "[More Information Needed]",
    "More information needed",
    "- **Hardware Type:** [More Information Needed]",
    "**BibTeX:**\n\n[more information needed]",
    "<!-- Describe it here. -->",
    "<!-- Over\ntwo lines: # License\n -->",
    "{{ bias_risks_limitations | default('x') }}",
    "***",
    "Users (both direct and downstream) should be made aware of the risks, biases and "
    "limitations of the model. More information needed for further recommendations.",
)
# Looks like headings, is none.
DECOYS = (
    "```python\n# License\n## Uses\n```",
    "~~~\n# Citation\n```\n# License\n~~~~",
    "````\n```\n# Evaluation\n````",
    "<!--\n# License\n\nof nothing\n-->",
    "#License",
    "    # License",
    "####### License",
    "> # License",
    "a # License",
)
FRONT_MATTERS = (
    None,
    "license: mit",
    "language:\n- en\n- de\ntags: [a, b]",
    "# a comment only",
    "model-index:\n- name: x\n  results:\n  - metrics:\n    - value: 0.5",
)
BAD_FRONT_MATTERS = ("a: [", "- a\n- b", "a: b: c", "a: &x 1\nb: *x", "a: !!python/name:os.system")


@dataclass
class DrawnCard:
    """A card and what is true of it by the way it was made."""

    text: str = ""
    front_matter: str | None = None
    body: str = ""
    outcome: str = "ok"
    sections: set[str] = field(default_factory=set)
    headings: list[tuple[int, str]] = field(default_factory=list)


def draw_card(rng: random.Random) -> DrawnCard:
    """Draw one card."""
    card = DrawnCard()
    pieces = [_paragraph(rng)]
    enclosing: list[tuple[int, set[str]]] = []
    for _ in range(rng.randrange(9)):
        kind = rng.random()
        if kind < 0.6:
            title = rng.choice(list(NAMED))
            named: set[str] | None = NAMED[title]
        elif kind < 0.75:
            title, named = rng.choice(APART), set()
        else:
            title, named = rng.choice(UNKNOWN), None
        written, level = _heading(rng, title)
        enclosing = [(outer, names) for outer, names in enclosing if outer < level]
        if named is None:
            named = enclosing[-1][1] if enclosing else set()
        enclosing.append((level, named))
        card.headings.append((level, title))
        pieces.append(written)
        content = [rng.choice(VACANT) for _ in range(rng.randrange(3))]
        if rng.random() < 0.4:
            content.append(rng.choice(SAYING).format(word=_word(rng)))
            card.sections |= named
        if rng.random() < 0.2:
            decoy = rng.choice(DECOYS)
            content.append(decoy)
            if not decoy.startswith("<!--"):
                card.sections |= named
        rng.shuffle(content)
        pieces += content
    card.body = "\n\n".join(pieces) + rng.choice(("", "\n"))
    card.front_matter = rng.choice(FRONT_MATTERS)
    if rng.random() < 0.2:
        card.front_matter, card.outcome = rng.choice(BAD_FRONT_MATTERS), "bad_yaml"
    head = ""
    if card.front_matter is not None:
        head = rng.choice(("", "", "\n\n", "\ufeff")) + f"---\n{card.front_matter}\n---\n"
    card.text = head + card.body
    if rng.random() < 0.2:
        card.text = card.text.replace("\n", "\r\n")
        card.body = card.body.replace("\n", "\r\n")
    if len(card.text) <= 3:
        card.outcome = "empty"
    return card


def _heading(rng: random.Random, title: str) -> tuple[str, int]:
    level = rng.randint(1, 6)
    # A line that begins with < counts as HTML, which dashes do not underline.
    if level <= 2 and title and title[0] != "<" and rng.random() < 0.5:
        underline = {1: "=", 2: "-"}[level] * rng.randint(1, 9)
        return f"{title}\n{underline}", level
    closing = rng.choice(("", "", f" {'#' * level}")) if title else ""
    return f"{' ' * rng.randrange(4)}{'#' * level} {title}{closing}", level


def _paragraph(rng: random.Random) -> str:
    return " ".join(_word(rng) for _ in range(rng.randrange(12)))


def _word(rng: random.Random) -> str:
    return rng.choice(("model", "Été", "the", "v1.2", "org/name", "日本", "May", "a_b", "x\u3000y"))


# Pieces whose headings CommonMark's own reader knows; HTML other than comments
# and lists are left out, in which this project sees no headings.
_LINES = (
    *("", "", "", "text", "more text", "# A", "## B ##", "### C #", "#D", "####### E", "#\tF", "#"),
    *(
        "===",
        "---",
        "--- ",
        "----- x",
        "=",
        "--",
        "***",
        "___",
        "* * *",
        "- - -",
        "  ---",
        "    ---",
    ),
    *("```", "````", "``` py", "``` `a`", "~~~", "~~~~ a`b", "   ```", "<!--", "-->", "<!-- x -->"),
    *("<!-- y --> z", "> quote", "    code", "# A # b", "# \\#", "   ## G", "\t# H"),
)
_UNDERLINES = ("===", "=", "--")


def draw_markdown(rng: random.Random) -> str:
    """Draw lines that can begin, end or hide headings."""
    lines: list[str] = [""]
    for _ in range(rng.randrange(1, 14)):
        line = rng.choice(_LINES)
        # Under anything but a paragraph these lines are words; here they are never.
        if line not in _UNDERLINES or ("text" in lines[-1] and "> quote" not in lines):
            lines.append(line)
    return "\n".join(lines[1:])


def draw_yaml_like(rng: random.Random) -> str:
    """Draw a short text of the characters that front matter is split and read by."""
    return "".join(
        rng.choice(("---", "---", "\n", "\n", "\r\n", "\r", " ", "\t", "a", ": ", "- ", "a: b"))
        for _ in range(rng.randrange(14))
    )
