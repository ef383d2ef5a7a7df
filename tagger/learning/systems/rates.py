"""Learning rates of the parts of a net, as multiples of the optimizer's."""

from collections.abc import Mapping

from torch import nn
from torch.optim import Optimizer

from ...errors import ModelError
from ..nets import TransformerTagger


def trainable_parts(net: nn.Module) -> dict[str, nn.Module]:
    """The modules of a net that have weights, by name."""
    return {name: part for name, part in net.named_modules() if name and any(True for _ in part.parameters())}


def rate_factors(net: nn.Module, rates: Mapping[str, float], layer_decay: float = 1.0) -> dict[int, float]:
    """The factor of each weight, by its `id`, that is not trained at the optimizer's rate.

    `rates` are the factors of parts of the net, by name (`encoder`, `encoder.layers.0`); that of a part inside another
    one holds there in place of the outer one's. With `layer_decay` the rate of each layer of a pretrained Transformer
    is that of the layer above it times `layer_decay` (Howard and Ruder 2018); what stands on the last layer has the
    optimizer's. Raises ModelError for a rate of what the net does not have, and for one that is no number from 0 on.
    """
    factors: dict[int, float] = {}
    parts = trainable_parts(net)
    for name in sorted(rates, key=lambda name: name.count(".")):
        rate: object = rates[name]
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 0:
            raise ModelError(f"expected rates.{name} of 0 or more, as a multiple of optimizer.lr, got {rate!r}")
        if name not in parts and rate != 1.0:
            raise ModelError(
                f"expected rates= of parts of the net, {', '.join(parts)}, got {name}={rate}; choose among them "
                "(net=encoder has layer_decay)"
            )
        if name in parts:
            factors |= {id(weight): float(rate) for weight in parts[name].parameters()}
    if layer_decay != 1.0:
        if not isinstance(net, TransformerTagger) or not layer_decay > 0:
            raise ModelError(f"expected layer_decay above 0 with net=encoder, and 1 otherwise, got {layer_decay}")
        layers = net.layers()
        for depth, weights in enumerate(layers):
            factors |= {id(weight): layer_decay ** (len(layers) - depth) for weight in weights}
    return factors


def scale_rates(optimizer: Optimizer, factors: Mapping[int, float]) -> None:
    """Split the optimizer's one group of weights into groups of one rate each, in the order of their first weights."""
    if all(factor == 1.0 for factor in factors.values()):
        return
    [group] = optimizer.param_groups
    by_factor: dict[float, list[nn.Parameter]] = {}
    for weight in group["params"]:
        by_factor.setdefault(factors.get(id(weight), 1.0), []).append(weight)
    options = {name: value for name, value in group.items() if name != "params"}
    optimizer.param_groups.clear()
    for factor, weights in by_factor.items():
        optimizer.add_param_group({**options, "params": weights, "lr": options["lr"] * factor})
