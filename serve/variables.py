"""Which variables of the environment are meant as settings of the service."""

import re
from collections.abc import Mapping

# The folder of corpora, for training and evaluation, and what computes scores (docs/native.md).
_OTHERS = ("TAGGER_DATA", "TAGGER_RUNTIME")
_SERVICE_LINK = re.compile(r"TAGGER_(\w+_)?(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")


def variables_of_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables whose names begin with `TAGGER_`, without those for other parts of the project and those that
    Kubernetes sets for a Service called `tagger`, or `tagger-grpc` and the like."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith("TAGGER_") and name not in _OTHERS and not _is_service_link(name, value)
    }


def _is_service_link(name: str, value: str) -> bool:
    """Whether Kubernetes has set a variable for a Service whose name begins with `tagger`."""
    return bool(_SERVICE_LINK.fullmatch(name)) or (name.endswith("_PORT") and "://" in value)
