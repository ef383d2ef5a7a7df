"""Licences of several corpora as one."""

from itertools import chain

_JOINT = " + "


def join_licences(*licences: str) -> str:
    """Each licence once, in order, joined by ` + `; one that is joined already counts as its parts."""
    return _JOINT.join(dict.fromkeys(chain.from_iterable(licence.split(_JOINT) for licence in licences)))
