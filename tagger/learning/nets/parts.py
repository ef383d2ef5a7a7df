"""What the parts of a net say about themselves: their settings as plain values, and their numbers of parameters.

A part (embedding, encoder, head) keeps each keyword-only argument of its constructor in an attribute of the same name.
These arguments are its settings. A net's `architecture` is made of the settings of its parts, and a checkpoint that
holds the architecture is enough to build the net again. Parts from outside this package follow the same convention.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from torch import nn

from ...errors import ModelError
from ...text.scheme import Scheme
from .heads import HEADS, Head

# A value that JSON holds and that a checkpoint gives back without running code.
Setting = None | bool | int | float | str | list["Setting"] | dict[str, "Setting"]
Architecture = dict[str, Setting]
Part = TypeVar("Part", bound=nn.Module)


def name_of(make: Callable[..., object]) -> str:
    """The full name of a class or function, also of one with some arguments filled in."""
    while isinstance(make, partial):
        make = make.func
    return f"{make.__module__}.{make.__qualname__}"


def to_setting(value: object) -> Setting:
    """A value as a checkpoint keeps it: sequences become lists, and classes and functions their full names."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): to_setting(inner) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [to_setting(inner) for inner in value]
    if callable(value):
        return name_of(value)
    raise ModelError(
        f"expected numbers, texts, lists or classes as settings of a part, got {value!r}; pass one of these"
    )


def settings_of(part: nn.Module) -> Architecture:
    """The settings of a part, by name. Raises ModelError when it does not keep one of them."""
    settings: Architecture = {}
    for name in _setting_names(type(part)):
        if not hasattr(part, name):
            raise ModelError(
                f"expected {name_of(type(part))} to keep its setting {name!r}, found no such attribute; "
                f"write self.{name} = {name} in its constructor"
            )
        settings[name] = to_setting(getattr(part, name))
    return settings


def _setting_names(make: Callable[..., object]) -> list[str]:
    parameters = inspect.signature(make).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


def describe_parts(parts: Mapping[str, nn.Module], known: Iterable[type[nn.Module]]) -> Architecture:
    """The architecture of a net with these parts: the settings of `known` kinds of parts side by side, and those of
    any other part under the name that the net has for it, together with the full name of its class (`part`)."""
    known, architecture = tuple(known), Architecture()
    for place, part in parts.items():
        if type(part) in known:
            architecture |= settings_of(part)
        else:
            architecture[place] = {"part": name_of(type(part)), **settings_of(part)}
    return architecture


def describe_head(head: Head) -> Architecture:
    """A tagger's head and its settings in an architecture: its name in `HEADS`, else the full name of its class."""
    names = {name_of(make): name for name, make in HEADS.items()}
    full_name = name_of(type(head))
    return {"head": names.get(full_name, full_name), **settings_of(head)}


def head_of(architecture: Mapping[str, Any]) -> Callable[[int, Scheme], Head]:
    """What makes the head of an architecture. Raises ModelError for one that is not in `HEADS`."""
    name = architecture.get("head")
    if name not in HEADS:
        raise ModelError(
            f"expected a head out of {', '.join(HEADS)}, got {name!r}; build the net from the configuration of its run "
            "and give it to load(…, net=NET)"
        )
    return with_settings(HEADS[name], architecture)


def with_settings(make: Callable[..., Part], architecture: Mapping[str, Any]) -> Callable[..., Part]:
    """`make` with those settings of an architecture that it takes."""
    return partial(make, **{name: architecture[name] for name in _setting_names(make) if name in architecture})


def check_restorable(architecture: Mapping[str, Any], names: Iterable[str], *makes: Callable[..., nn.Module]) -> None:
    """Raises ModelError for an architecture that has more than the settings of `makes` and `names`."""
    known = {*names, *(name for make in makes for name in _setting_names(make))}
    if unknown := [f"{name}={value}" for name, value in architecture.items() if name not in known]:
        raise ModelError(
            f"expected a net whose parts are all of this package, got {', '.join(unknown)}; build the net from the "
            "configuration of its run and give it to load(…, net=NET)"
        )


def outside_parts(net: nn.Module) -> list[str]:
    """Full names of the classes of a net's parts that a checkpoint cannot build again: those from outside this package
    that no registry has."""
    known = {name_of(make) for make in HEADS.values()}
    names = (name_of(type(part)) for part in net.children())
    outside = [name for name in names if not name.startswith(("tagger.", "torch.")) and name not in known]
    cell = getattr(getattr(net, "encoder", None), "cell", "")
    return outside if isinstance(cell, str) else [*outside, name_of(cell)]


def count_parameters(net: nn.Module) -> dict[str, int]:
    """The number of parameters of each part: those of the embedding table by table, any other part as a whole."""
    counts: dict[str, int] = {}
    for name, part in net.named_children():
        children = dict(part.named_children()) if name == "embedding" else {}
        tables = {child: module for child, module in children.items() if any(True for _ in module.parameters())}
        for child, module in (tables or {name: part}).items():
            counts[child] = counts.get(child, 0) + sum(weight.numel() for weight in module.parameters())
    return {name: n for name, n in counts.items() if n}
