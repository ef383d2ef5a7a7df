"""Heads: from hidden states to scores, the loss over them, and the decoder that reads them; a file for each."""

from collections.abc import Callable

from ....text.scheme import Scheme
from .crf import CRFHead
from .factored import FactoredHead
from .head import Head
from .softmax import SoftmaxHead

HEADS: dict[str, Callable[[int, Scheme], Head]] = {"softmax": SoftmaxHead, "crf": CRFHead, "factored": FactoredHead}

__all__ = ["HEADS", "CRFHead", "FactoredHead", "Head", "SoftmaxHead"]
