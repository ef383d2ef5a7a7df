from typing import Any

from tagger.evaluation.comparison import Row, expand
from tagger.evaluation.curves import learning_curves, table_of

COMMON: dict[str, Any] = {
    "net.encoder.cell": "lstm", "net.encoder.bidirectional": True, "net.encoder.hidden_sizes": [64],
    "data.share": 1.0, "init": None,
}  # fmt: skip
LINES = [
    {"question": "Size", "data.share": [1.0, 10], "init": [None, "zh-small"]},
    {"question": "Cells", "net.encoder.cell": ["lstm", "gru"]},
    {"question": "One size", "data.share": [10], "net.encoder.cell": ["gru"]},
]


def test_f1_over_the_number_of_sentences() -> None:
    nets = expand(LINES, COMMON)
    rows = []
    for net in {net.label: net for net in nets}.values():
        sentences = 10 if net.settings.get("data.share") == 10 else 1440
        for seed in (1, 2):
            f1 = 0.5 + 0.2 * ("from" in net.label) + 0.1 * (sentences > 10) + seed / 100
            joint = f1 - 0.1 if seed == 1 else None
            rows.append(Row(net.label, seed, net.settings, word_f1=f1, joint_f1=joint, sentences=sentences))
    rows.append(Row(nets[0].label, 3, nets[0].settings, error="not finite"))
    curves = learning_curves(nets, rows)
    assert list(curves) == ["Size"]
    assert table_of(curves["Size"]) == [
        ["sentences", "LSTM, both directions, 64", "from zh-small"],
        ["10", "51.50 (51.00–52.00) / 41.00", "71.50 (71.00–72.00) / 61.00"],
        ["1,440", "61.50 (61.00–62.00) / 51.00", "81.50 (81.00–82.00) / 71.00"],
    ]
