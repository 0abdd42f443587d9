"""The evolutionary biology of open machine-learning models, as one pipeline.

Each folder is one subject; ``docs/explanation/architecture.md`` says who may
import whom. This module holds the version and nothing else, so that
importing the package costs nothing.
"""

__version__ = "0.1.0"
