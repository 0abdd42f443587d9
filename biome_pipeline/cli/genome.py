"""``biome genome``: a model's config as a genome, and a genome as a config."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from biome_pipeline.cli.terminal import safe
from biome_pipeline.errors import GenomeError

if TYPE_CHECKING:
    from biome_pipeline.evolution.genome import Genome

__all__ = ["command"]

_LARGEST = 10_000_000


@click.command(
    "genome",
    epilog="""\b
Examples:
  biome genome config.json                  the genome, as a sweep file takes it
  biome genome mine.yaml --format config    a config.json
  biome genome mine.yaml --format costs     what it costs, by formula
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json", "config", "costs"]),
    default="yaml",
    show_default=True,
    help="A genome as YAML or JSON, a config.json, or what it costs by formula.",
)
def command(file: Path, form: str) -> None:
    """Read FILE, a model's config.json or a genome, and write it as asked.

    What a config does not say, and what a genome does not know, is told on standard error.
    """
    genome = _read(file)
    if form == "yaml":
        click.echo(genome.to_yaml(), nl=False)
    elif form == "json":
        click.echo(genome.to_json())
    elif form == "config":
        from biome_pipeline.evolution.exports import config_of_genome

        click.echo(json.dumps(config_of_genome(genome), indent=2))
    else:
        from biome_pipeline.evolution.analytic import analytic_metrics

        for name, value in analytic_metrics(genome).items():
            click.echo(
                f"{name:<20} {value:>24,.6g}" if value < 1e6 else f"{name:<20} {value:>24,.0f}"
            )


def _read(file: Path) -> Genome:
    from biome_pipeline.evolution.genome import Genome
    from biome_pipeline.evolution.imports import genome_of_config
    from biome_pipeline.snapshot.config_document import parse_config

    try:
        if file.stat().st_size > _LARGEST:
            raise GenomeError(
                f"it has more than {_LARGEST:,} bytes",
                place=str(file),
                remedy="give a config.json or a genome",
            )
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise GenomeError(
            f"it cannot be read ({reason})",
            place=str(file),
            remedy="give a config.json or a genome",
        ) from error
    parsed = parse_config(text)
    if parsed.outcome != "ok":
        return Genome.from_yaml(text, place=str(file))
    if "blocks" in parsed.document:
        return Genome.from_json(text, place=str(file))
    found = genome_of_config(parsed.document, place=str(file))
    for what, names in (("assumed", found.assumed), ("not read", found.unread)):
        if names:
            click.echo(safe(f"{what}: {', '.join(names)}"), err=True)
    return found.genome
