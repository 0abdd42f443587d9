"""Every public object is documented: what it is, takes, gives and raises."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re

import pytest
from numpydoc.validate import validate

import biome_pipeline

# Summary, parameters and returns; the other checks are about style that ruff has.
CHECKS = {"GL08", "SS01", "PR01", "PR02", "PR03", "PR04", "PR07", "RT01", "RT03", "YD01"}


def _modules():
    for found in pkgutil.walk_packages(biome_pipeline.__path__, "biome_pipeline."):
        try:
            yield importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            # Of the extra 'evolve'; its own tests run with it, and this one then, too.
            if error.name != "torch":
                raise


def _public_objects(module):
    for name in getattr(module, "__all__", []):
        value = getattr(module, name)
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value):
            yield f"{module.__name__}.{name}", value
        elif inspect.isclass(value):
            yield f"{module.__name__}.{name}", value
            for member, inner in vars(value).items():
                function = inner.fget if isinstance(inner, property) else inner
                function = getattr(function, "__func__", function)
                if not member.startswith("_") and inspect.isfunction(function):
                    yield f"{module.__name__}.{name}.{member}", function


def _undocumented(value):
    """Fields of a class that its docstring lists neither as parameter nor as attribute."""
    if not inspect.isclass(value):
        return
    own = vars(value).get("__init__")
    names = [field.name for field in dataclasses.fields(value)] if _is_data(value) else []
    if inspect.isfunction(own) and not names and not getattr(value, "_is_protocol", False):
        names = list(inspect.signature(own).parameters)[1:]
    for name in names:
        if not name.startswith("_") and not re.search(rf"\b{name}\b[\w, ]* :", value.__doc__):
            yield name


def _is_data(value):
    return dataclasses.is_dataclass(value) and "__dataclass_fields__" in vars(value)


MODULES = list(_modules())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_module_says_what_it_is_and_what_is_public(module):
    assert module.__doc__, f"{module.__name__} has no docstring"
    is_package = hasattr(module, "__path__")
    is_script = module.__name__.endswith("__main__")
    assert is_package or is_script or hasattr(module, "__all__"), "no __all__"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_public_objects_are_documented(module):
    faults = []
    for name, value in _public_objects(module):
        assert inspect.getdoc(value), f"{name} has no docstring"
        if "definitions.assets" in name or (".cli." in name and name.endswith(".command")):
            # An asset's or command's docstring is shown to users as it is.
            continue
        try:
            found = validate(name)
        except (AttributeError, ImportError):
            faults.append(f"{name}: cannot be looked at")
            continue
        wanted = {"GL08", "SS01"} if inspect.isclass(value) else CHECKS
        faults += [f"{name}: {text}" for code, text in found["errors"] if code in wanted]
        faults += [f"{name}: {field} is not documented" for field in _undocumented(value)]
    assert not faults, "\n".join(faults)


def test_no_module_is_a_giant():
    for module in MODULES:
        n_lines = len(inspect.getsource(module).splitlines())
        assert n_lines <= 420, f"{module.__name__} has {n_lines} lines"
