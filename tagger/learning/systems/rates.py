"""Learning rates of the parts of a net, as multiples of the optimizer's."""

from collections.abc import Mapping

from torch import nn
from torch.optim import Optimizer

from ...errors import ModelError
from ..nets import TransformerTagger


def rate_factors(net: nn.Module, parts: Mapping[str, float], layer_decay: float = 1.0) -> dict[int, float]:
    """The factor of each weight, by its `id`, that is not trained at the optimizer's rate.

    `parts` are the factors of parts of the net, by name. With `layer_decay` the rate of each layer of a pretrained
    Transformer is that of the layer above it times `layer_decay` (Howard and Ruder 2018); what stands on the last layer
    has the optimizer's. Raises ModelError for a rate of what the net does not have.
    """
    factors: dict[int, float] = {}
    children = dict(net.named_children())
    for name, rate in parts.items():
        if rate != 1.0 and name not in children:
            raise ModelError(
                f"expected {name}_rate=1 for a net of {', '.join(children)}, got {rate}; net=encoder has layer_decay"
            )
        if rate != 1.0:
            factors |= {id(weight): rate for weight in children[name].parameters()}
    if layer_decay != 1.0:
        if not isinstance(net, TransformerTagger) or not layer_decay > 0:
            raise ModelError(f"expected layer_decay above 0 with net=encoder, and 1 otherwise, got {layer_decay}")
        layers = net.layers()
        for depth, weights in enumerate(layers):
            factors |= {id(weight): layer_decay ** (len(layers) - depth) for weight in weights}
    return factors


def scale_rates(optimizer: Optimizer, factors: Mapping[int, float]) -> None:
    """Split the optimizer's one group of weights into groups of one rate each, in the order of their first weights."""
    if not factors:
        return
    [group] = optimizer.param_groups
    by_factor: dict[float, list[nn.Parameter]] = {}
    for weight in group["params"]:
        by_factor.setdefault(factors.get(id(weight), 1.0), []).append(weight)
    options = {name: value for name, value in group.items() if name != "params"}
    optimizer.param_groups.clear()
    for factor, weights in by_factor.items():
        optimizer.add_param_group({**options, "params": weights, "lr": options["lr"] * factor})
