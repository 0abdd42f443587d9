"""Say in one line that this Python is too old or too new, before anything is installed."""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        f"biome_pipeline needs Python 3.11 to 3.13; this is {sys.version.split()[0]} "
        f"({sys.executable}). Name another with: make PYTHON=python3.11 ..."
    )
