"""Every exception of the project, as one tree.

::

    BiomeError
    ├── SettingsError                  a setting that cannot be used
    ├── SourceError                    what came in cannot be taken
    │   ├── SourceNotFoundError        no such file, dataset or revision
    │   ├── SourceFormatError          not Parquet, truncated, empty, HTML
    │   ├── SourceSchemaError          a column is missing or has another type
    │   ├── SourceRowsError            rows without an id, or with the same id
    │   ├── StaleSourceError           the newest revision is too old
    │   ├── ShrunkenSourceError        far fewer rows than the last snapshot
    │   ├── HubUnreachableError        the Hub does not answer
    │   └── HubAccessError             the Hub refuses the token or the request
    ├── SnapshotError
    │   ├── InvalidSnapshotKeyError    not a date as YYYY-MM-DD
    │   ├── SnapshotKeyTakenError      another source holds the key
    │   ├── SnapshotNotFoundError      no such snapshot here
    │   └── SnapshotBusyError          another run works on the same key
    ├── WarehouseError
    │   ├── DataDirectoryError         the data directory cannot be written
    │   ├── DiskFullError              no room left while writing
    │   ├── PartitionNotFoundError     a table has no partition for the key
    │   ├── PartitionCorruptError      a partition cannot be read or trusted
    │   ├── DatabaseNotFoundError      nothing was published yet
    │   └── QueryError                 a query the database does not accept
    ├── GenealogyError
    │   ├── ModelNotFoundError         no such model in the snapshot
    │   └── CountOverflowError         a count does not fit 64 bits
    ├── InferenceError                 values that do not match, or cannot be resampled
    ├── SimilarityError                texts or vectors cannot be compared as asked
    ├── ReferenceDataError             reviewed data that is missing or wrong
    ├── PolicyError                    terms or shares that do not fit together
    ├── OrderingError                  weights that no order can be found for
    ├── EvolutionError
    │   ├── GenomeError                a genome that breaks a rule
    │   ├── ConfigImportError          a config that no genome can be made from
    │   └── SweepError                 a sweep that cannot be begun or resumed
    ├── ReportError                    a page that cannot be made
    └── RunError
        ├── CheckFailedError           a blocking check found wrong data
        └── StepFailedError            a step ended with an unforeseen error

What does not belong here: how an error is shown (``cli``) and when a step is
tried again (``definitions``).
"""

from __future__ import annotations

__all__ = [
    "BiomeError",
    "CheckFailedError",
    "ConfigImportError",
    "CountOverflowError",
    "DataDirectoryError",
    "DatabaseNotFoundError",
    "DiskFullError",
    "EvolutionError",
    "GenealogyError",
    "GenomeError",
    "HubAccessError",
    "HubUnreachableError",
    "InferenceError",
    "InvalidSnapshotKeyError",
    "ModelNotFoundError",
    "OrderingError",
    "PartitionCorruptError",
    "PartitionNotFoundError",
    "PolicyError",
    "QueryError",
    "ReferenceDataError",
    "ReportError",
    "RunError",
    "SettingsError",
    "ShrunkenSourceError",
    "SimilarityError",
    "SnapshotBusyError",
    "SnapshotError",
    "SnapshotKeyTakenError",
    "SnapshotNotFoundError",
    "SourceError",
    "SourceFormatError",
    "SourceNotFoundError",
    "SourceRowsError",
    "SourceSchemaError",
    "StaleSourceError",
    "StepFailedError",
    "SweepError",
    "WarehouseError",
]


class BiomeError(Exception):
    """A failure that the project foresaw: a fact, where it is, and the remedy.

    Parameters
    ----------
    fact : str
        What is wrong, as a clause without a full stop.
    place : str, optional
        Where: a path, a column, a key, a setting.
    remedy : str, optional
        What the reader can do about it, as a clause without a full stop.

    Attributes
    ----------
    fact, place, remedy : str
        As given; empty when not given.
    """

    def __init__(self, fact: str, *, place: str = "", remedy: str = "") -> None:
        self.fact = fact
        self.place = place
        self.remedy = remedy
        super().__init__(fact, place, remedy)

    def __str__(self) -> str:
        """Give the error as one line, whatever its parts contain."""
        sentence = f"{self.place}: {self.fact}" if self.place else self.fact
        if self.remedy:
            sentence = f"{sentence}; {self.remedy}"
        return " ".join(sentence.split())

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the parts when the error travels between processes."""
        return (_rebuild, (type(self), self.fact, self.place, self.remedy))


def _rebuild(kind: type[BiomeError], fact: str, place: str, remedy: str) -> BiomeError:
    return kind(fact, place=place, remedy=remedy)


class SettingsError(BiomeError):
    """A setting has a value that cannot be used."""


class SourceError(BiomeError):
    """What came in cannot be taken."""


class SourceNotFoundError(SourceError):
    """No such file, dataset or revision."""


class SourceFormatError(SourceError):
    """The source is not a readable Parquet file with rows."""


class SourceSchemaError(SourceError):
    """A column of the source is missing or has another type."""


class SourceRowsError(SourceError):
    """The source has rows without an id, or several with the same id."""


class StaleSourceError(SourceError):
    """A source is older than it may be."""


class ShrunkenSourceError(SourceError):
    """The source has far fewer rows than the last snapshot."""


class HubUnreachableError(SourceError):
    """The Hub does not answer, or answers with errors only."""


class HubAccessError(SourceError):
    """The Hub refuses the token or the request."""


class SnapshotError(BiomeError):
    """A snapshot cannot be named, found or worked on."""


class InvalidSnapshotKeyError(SnapshotError):
    """The key is not a calendar date written as YYYY-MM-DD."""


class SnapshotKeyTakenError(SnapshotError):
    """Another source holds the key."""


class SnapshotNotFoundError(SnapshotError):
    """There is no such snapshot here."""


class SnapshotBusyError(SnapshotError):
    """Another run works on the same key."""


class WarehouseError(BiomeError):
    """The lake or the database cannot be read or written."""


class DataDirectoryError(WarehouseError):
    """The data directory cannot be made or written."""


class DiskFullError(WarehouseError):
    """There was no room left while writing; what was there is untouched."""


class PartitionNotFoundError(WarehouseError):
    """A table has no partition for the key."""


class PartitionCorruptError(WarehouseError):
    """A partition cannot be read, or is not what its provenance says."""


class DatabaseNotFoundError(WarehouseError):
    """Nothing was published yet."""


class QueryError(WarehouseError):
    """The database does not accept the query."""


class GenealogyError(BiomeError):
    """A genealogy cannot be computed or found."""


class ModelNotFoundError(GenealogyError):
    """There is no such model in the snapshot."""


class CountOverflowError(GenealogyError):
    """A count does not fit a 64-bit integer."""


class InferenceError(BiomeError):
    """Values do not match each other, or cannot be resampled."""


class SimilarityError(BiomeError):
    """Texts or vectors cannot be compared as asked."""


class ReferenceDataError(BiomeError):
    """Reviewed reference data that is missing or wrong."""


class PolicyError(BiomeError):
    """Terms of licenses, or shares of a market, that do not fit together."""


class OrderingError(BiomeError):
    """Weights are not such that an order can be found for them."""


class EvolutionError(BiomeError):
    """The architecture search cannot go on."""


class GenomeError(EvolutionError):
    """A genome breaks a rule; the place names the field."""


class ConfigImportError(EvolutionError):
    """No genome can be made from a model's config."""


class SweepError(EvolutionError):
    """A sweep cannot be begun or resumed as asked."""


class ReportError(BiomeError):
    """A page of the report cannot be made."""


class RunError(BiomeError):
    """A run did not end well."""


class CheckFailedError(RunError):
    """A blocking check found wrong data; nothing downstream was made."""


class StepFailedError(RunError):
    """A step ended with an error that nobody foresaw."""
