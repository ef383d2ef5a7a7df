from tagger.evaluation.comparison import Row
from tagger.visual.learning_curves import draw_sizes


def test_a_curve_for_each_kind_of_net() -> None:
    curves = {
        name: {size: [Row(label="a", seed=seed, settings={}, word_f1=f1 + seed / 4) for seed in (0, 1)]}
        for name, size, f1 in (("new", 100, 0.25), ("from zh-small", 2000, 0.5))
    }
    curves["new"][50] = [Row(label="a", seed=0, settings={})]  # without a score
    (axis,) = draw_sizes({"Size": curves}).axes
    legend = axis.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["new", "from zh-small"]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["50", "100", "2,000"]
    assert [line.get_xydata().tolist() for line in axis.lines] == [[[100.0, 37.5]], [[2000.0, 62.5]]]  # type: ignore[union-attr]
    assert (axis.get_title(loc="left"), axis.get_ylabel()) == ("Size", "F1 on dev, %")
