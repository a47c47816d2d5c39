"""Data models: the dataset that `tstats` reads, and the names of its fields."""

from dataclasses import dataclass

from tocsin_engines.engine import Rejected

# "Inherited fields" of every dataset (Knowledge Manager Manual, About data models).
_INHERITED = {"_time", "host", "source", "sourcetype", "index"}


@dataclass(frozen=True, slots=True)
class Dataset:
    """The root dataset of a data model, as `Endpoint.Processes`."""

    model: str
    root: str

    @property
    def table(self) -> str:
        """The table of the records that are in it."""
        return f"{self.model}.{self.root}"

    def qualified(self, name: str) -> str:
        """Return the name under which a field of it is searched."""
        return name if name in _INHERITED else f"{self.root}.{name}"

    def check(self, field: str) -> None:
        """Refuse FIELD if it is none of this dataset, or several."""
        inside = field in _INHERITED or field.startswith(f"{self.root}.")
        if not inside or "*" in field:
            raise Rejected(f"`{field}` is no field of `{self.table}`")


def dataset(name: str) -> Dataset:
    """Read `model.root`."""
    match name.split("."):
        case [model, root] if model and root and "*" not in name:
            return Dataset(model, root)
        case _:
            raise Rejected(f"`{name}` is no data model and its root dataset")
