"""Learning rates of parts of a net: the innermost part that has a rate of its own decides."""

import pytest
import torch
from torch import nn

from tagger.errors import ModelError
from tagger.learning.systems.rates import rate_factors, scale_rates

RATES: dict[str, tuple[dict[str, float], list[float]]] = {
    "none": ({}, [1, 1, 1, 1]),
    "one part": ({"embedding": 0.5}, [0.5, 1, 1, 1]),
    "an inner one": ({"encoder.0": 0.1}, [1, 0.1, 1, 1]),
    "an inner one in another": ({"encoder.0": 0.1, "encoder": 3.0}, [1, 0.1, 3, 1]),
    "an inner one as it was": ({"encoder": 3.0, "encoder.1": 1.0}, [1, 3, 1, 1]),
    "nothing at all": ({"embedding": 0.0}, [0, 1, 1, 1]),
    "1 of what is not there": ({"standard": 1.0}, [1, 1, 1, 1]),
}


def make_net() -> nn.Module:
    layers = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    return nn.ModuleDict({"embedding": nn.Embedding(1, 1), "encoder": layers, "head": nn.Linear(1, 1, bias=False)})


@pytest.mark.parametrize("case", RATES)
def test_each_weight_has_the_rate_of_its_part(case: str) -> None:
    rates, wanted = RATES[case]
    net = make_net()
    optimizer = torch.optim.SGD(net.parameters(), lr=2.0)
    scale_rates(optimizer, rate_factors(net, rates))
    found = {id(weight): group["lr"] / 2 for group in optimizer.param_groups for weight in group["params"]}
    assert [found[id(weight)] for weight in net.parameters()] == wanted


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({"decoder": 2.0}, r"expected rates= of parts of the net, embedding, encoder, encoder\.0, .* got decoder=2\.0"),
        ({"encoder": -1.0}, r"expected rates\.encoder of 0 or more, .* got -1\.0"),
        ({"encoder": "slow"}, r"expected rates\.encoder of 0 or more, .* got 'slow'"),
    ],
)
def test_what_is_no_rate_of_a_part(rates: dict[str, float], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        rate_factors(make_net(), rates)
