import copy
import math
import multiprocessing
import pickle
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import corpus_scores
from sentences import TAGS, VOCABULARY, corpora, make

from tagger.learning.systems.metric import SegmentationMetric
from tagger.text.sentence import Sentence

Corpus = Sequence[tuple[Sentence, Sentence]]

# Two processes, each with sentences and tags of its own.
SHARDS: list[Corpus] = [
    [(make("我/NN 爱/VV 北京/NN"), make("我/NN 爱/VV 北/NN 京/NN")), (make("天/QQ 安/QQ"), make("天安/QQ"))],
    [
        (make("京/NN 北/PU"), make("京/NN 北/PU")),
        (make("爱 北京"), make("爱/VV 北京/NN")),
        (make("a/VV"), make("a/NN")),
    ],
]


def measured(*parts: Corpus) -> SegmentationMetric:
    metric = SegmentationMetric(TAGS, VOCABULARY)
    for part in parts:
        metric.update([g for g, _ in part], [p for _, p in part])
    return metric


def figures(metric: SegmentationMetric) -> dict[str, float]:
    return {name: value.item() for name, value in metric.compute().items()}


def same(values: dict[str, float]) -> object:
    return pytest.approx(values, abs=1e-6, nan_ok=True)


@given(corpora, st.integers(0, 6))
def test_agrees_with_the_definition_in_parts_or_at_once(corpus: Corpus, cut: int) -> None:
    oracle = corpus_scores([g for g, _ in corpus], [p for _, p in corpus], VOCABULARY)
    found = figures(measured(corpus))
    expected = {name: math.nan if value is None else value for name, value in oracle.items()}
    for name in ("word_precision", "word_recall", "word_f1", "joint_precision", "joint_recall", "joint_f1"):
        assert found[name] == pytest.approx(expected[name], abs=1e-6, nan_ok=True)
    assert found["oov_recall"] == pytest.approx(expected["oov_recall"], abs=1e-6, nan_ok=True)
    assert found["exact_match"] == pytest.approx(expected["exact_match"], abs=1e-6)
    for tag in TAGS:
        assert found[f"tag_f1/{tag}"] == pytest.approx(expected.get(f"f1/{tag}", math.nan), abs=1e-6, nan_ok=True)
    assert found["tag_f1_other"] == pytest.approx(expected.get("f1/ZZ", math.nan), abs=1e-6, nan_ok=True)
    assert figures(measured(corpus[:cut], corpus[cut:])) == same(found)


def test_tags_outside_the_list_share_a_slot() -> None:
    metric = SegmentationMetric(["NN"])
    metric.update([make("我/AA 爱/BB 京/NN")], [make("我/AA 爱/CC 京/NN")])
    assert figures(metric)["tag_f1/NN"] == 1.0
    assert figures(metric)["tag_f1_other"] == 0.5


def test_names_never_depend_on_the_data() -> None:
    untagged = measured([(make("我 爱"), make("我/XX 爱/YY"))])
    assert figures(untagged).keys() == figures(measured(*SHARDS)).keys()
    nothing = {name for name, value in figures(untagged).items() if math.isnan(value)}
    assert nothing == {name for name in figures(untagged) if name.startswith(("joint_", "oov_", "tag_"))}


def test_forward_gives_the_batch_and_keeps_the_sum() -> None:
    metric = SegmentationMetric(TAGS, VOCABULARY)
    for shard in SHARDS:
        batch = metric([g for g, _ in shard], [p for _, p in shard])
        assert {name: value.item() for name, value in batch.items()} == same(figures(measured(shard)))
    assert figures(metric) == same(figures(measured(*SHARDS)))


def test_states_are_whole_numbers_and_reset() -> None:
    metric = measured(*SHARDS)
    assert {state.dtype for state in metric.metric_state.values()} == {torch.int64}
    metric.reset()
    assert not any(state.any() for state in metric.metric_state.values())


def test_reset_in_inference_mode_then_update_outside() -> None:
    metric = measured(SHARDS[0])
    with torch.inference_mode():
        metric.reset()
    metric.update([make("我/NN")], [make("我/NN")])
    assert figures(metric)["joint_f1"] == 1.0


def test_copies_and_pickles() -> None:
    metric = measured(*SHARDS)
    for twin in (copy.deepcopy(metric), metric.clone(), pickle.loads(pickle.dumps(metric))):
        assert isinstance(twin, SegmentationMetric)
        assert figures(twin) == same(figures(metric))


def test_bad_calls_are_refused() -> None:
    with pytest.raises(ValueError, match="each tag once"):
        SegmentationMetric(["NN", "NN"])
    with pytest.raises(ValueError, match="shorter"):
        measured().update([make("我")], [])
    with pytest.raises(ValueError, match="expected a prediction for the text"):
        measured().update([make("我")], [make("爱")])


def one_process(rank: int, folder: Path) -> tuple[dict[str, float], list[int]]:
    torch.distributed.init_process_group(
        "gloo", f"file://{folder}/meeting", timedelta(seconds=60), rank=rank, world_size=2
    )
    metric = measured(SHARDS[rank])
    found = figures(metric), metric.words.tolist()
    torch.distributed.destroy_process_group()
    return found


def test_two_processes_give_the_figures_of_one(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(one_process, range(2), [tmp_path] * 2))
    single = figures(measured(*SHARDS))
    for (synced, own_words), shard in zip(results, SHARDS, strict=True):
        assert synced == same(single)
        assert synced != same(figures(measured(shard)))
        assert own_words == measured(shard).words.tolist()  # unsynced again after compute
