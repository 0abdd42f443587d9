"""The fixed texts of the demo's model cards: sections, templates, notes; all our own words.

What does not belong here: what families speak about (`themes`), and which
card gets which text (`cards`).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AUTOMATIC_NOTES",
    "BULK_TEMPLATES",
    "INTRODUCTIONS",
    "MENTIONS",
    "PLACEHOLDER",
    "SECTIONS",
    "USAGE",
    "BulkTemplate",
    "Section",
]

PLACEHOLDER = "[More Information Needed]"
"""What the Hub's own template has in place of a text nobody wrote."""

AUTOMATIC_NOTES: tuple[str, ...] = (
    "\n\n<!-- This text has been generated automatically from the settings of the run. Read it "
    "again before you publish it. -->",
    "\n\nThis is the card of a model that was pushed by a training script. It has been "
    "Automatically Generated, and nobody has looked at it yet.",
)
"""What a training library writes into the cards it makes."""

INTRODUCTIONS: dict[str, str] = {
    "root": "\n\n{name} was trained from the beginning, and others may build on it.",
    "finetune": "\n\n{name} was trained further for one purpose.",
    "adapter": "\n\n{name} holds a few small matrices to be loaded beside a larger model.",
    "quantized": "\n\n{name} holds the same weights with fewer bits each.",
    "merge": "\n\n{name} holds the weighted mean of several models.",
    "unrelated": "\n\n{name} was made for a course, and is here for whoever finds it of use.",
}
"""The first sentence, by kind of model."""

MENTIONS: dict[str, str] = {
    "finetune": "\n\nIt starts from {parent}.",
    "adapter": "\n\nLoad it together with [{parent}](https://huggingface.co/{parent}).",
    "quantized": "\n\nThe weights are those of `{parent}`.",
    "merge": "\n\nThe first of its parents is {parent}, which gave the tokenizer too.",
}
"""How the text of a child names its parent, by relation."""

USAGE = """

## How to use

```python
# License and citation of what you load are yours to respect
model = load("path/to/{name}")
```"""
"""A fenced piece of code; its comment reads like a heading and is none."""


@dataclass(frozen=True)
class Section:
    """A section that a card may have.

    Attributes
    ----------
    name : str
        Its name in the truth.
    headings : tuple of str
        What it may be headed with, as it stands in the text.
    texts : tuple of str
        What it may say; ``{name}`` stands for the name of the model.
    """

    name: str
    headings: tuple[str, ...]
    texts: tuple[str, ...]


SECTIONS: tuple[Section, ...] = (
    Section(
        "intended_use",
        ("## Intended use", "## Uses", "### Direct Use"),
        (
            "Use it for drafts that a person reads before anybody else does.",
            "Meant for research, and for tools whose mistakes cost little.",
        ),
    ),
    Section(
        "limits",
        ("## Limitations", "## Bias, Risks, and Limitations"),
        (
            "It repeats what is common in its sources, right or wrong, and it cannot count.",
            "It was not tried on anything but short texts. Do not let it decide about people.",
        ),
    ),
    Section(
        "training_data",
        ("## Training data", "## Training Data"),
        (
            "A mixture of public texts without names and addresses, each text once.",
            "Forty thousand examples written for this purpose, one tenth of them held back.",
        ),
    ),
    Section(
        "evaluation",
        ("## Evaluation", "## Evaluation results"),
        (
            "| set | score |\n|---|---|\n| held back | 0.71 |\n| from elsewhere | 0.58 |",
            "On the examples held back, 7 of 10 answers were right; chance is 1 of 4.",
        ),
    ),
    Section(
        "license",
        ("## License", "License\n-------"),
        (
            "The terms are those named at the top of this file.",
            "Whoever passes the weights on passes the same terms on with them.",
        ),
    ),
    Section(
        "citation",
        ("## Citation",),
        (
            "```bibtex\n@misc{card, title = {{name}}, year = {2025}}\n```",
            "Please name this page if you use the weights.",
        ),
    ),
    Section(
        "environmental_impact",
        ("## Environmental Impact",),
        (
            "About 12 kWh for the run, by the meter in the wall.",
            "Not measured; the run took 9 hours on one card of 300 watts.",
        ),
    ),
)
"""The sections, in the order in which they stand."""


@dataclass(frozen=True)
class BulkTemplate:
    """One text that an account uses for all its models, ids and numbers changed.

    Attributes
    ----------
    name : str
        Its name in the truth.
    relation : str
        The relation of the models it is used for.
    sections : tuple of str
        The sections it has.
    text : str
        The text, with ``{id}``, ``{parent}`` and ``{number}``; it ends in a
        number, whose digits bring it to any length.
    """

    name: str
    relation: str
    sections: tuple[str, ...]
    text: str


BULK_TEMPLATES: tuple[BulkTemplate, ...] = (
    BulkTemplate(
        "converter-table",
        "quantized",
        ("intended_use",),
        "# Files of {id}\n\nConverted from {parent} by the nightly job. Nothing was changed but "
        "the number of bits, and nobody was asked. Take the file of middle size if you do not know "
        "which one to take; the smallest is there for old telephones.\n\n## Uses\n\nWhatever "
        "{parent} is used for.\n\n## Files\n\nJob {number}, attempt 1 of 3.\n\nSerial number: ",
    ),
    BulkTemplate(
        "converter-thanks",
        "quantized",
        (),
        "# {id}\n\nAnother copy for small machines, made on request. Requests are open: write the "
        "id of a model and wait a week. Thanks go to the authors of {parent}, who did all of the "
        "work, and to the person who lends us the machine.\n\nRequest {number}.\n\nSerial number: ",
    ),
    BulkTemplate(
        "course-exercise",
        "adapter",
        ("evaluation",),
        "# {id}\n\nHanded in as exercise {number} of the evening course. The base was {parent}, as "
        "for everybody; rank, rate and number of steps are those of the handout.\n\n## Evaluation"
        "\n\nPassed with 61 of 100 points.\n\nSerial number: ",
    ),
    BulkTemplate(
        "sweep-runner",
        "adapter",
        (),
        "# {id}\n\nRun {number} of a sweep over {parent}. All runs are uploaded, the good ones and "
        "the others, and only the summary at the end of the sweep says which is which. Please do "
        "not open a discussion here.\n\nSerial number: ",
    ),
)
"""The texts of bulk uploaders."""
