"""Runs of our tools for `tag.py`: seconds, characters, memory, and where the time goes."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tag_inputs import WORK, file_tagger_of, peak

from tagger.bulk.inputs import find_inputs
from tagger.bulk.job import Job, tag_to_file
from tagger.bulk.pool import open_pool
from tagger.bulk.readers import TextReader
from tagger.bulk.worker import FileTagger
from tagger.decoding.chain import ChainDecoder
from tagger.decoding.factored import FactoredDecoder
from tagger.modelfile.tagger import Model
from tagger.tagging.constraints import Constraints
from tagger.tagging.tagger import Tagger
from tagger.text.presegment import Presegmenter

WARM = ["我们"] * 64  # rows that open everything: the kernel needs 16 at once, and compares its answers first
INSIDE = ("onnxruntime", "decode", "presegmentation", "dictionary", "probabilities")  # of all of tagging


def run_ours(name: str, source: Path, target: Path, workers: int, start: float) -> dict[str, Any]:
    """Tag a file with one of our tools; its loading began at `start`."""
    file_tagger = file_tagger_of(name)
    list(file_tagger.tagger.tag(WARM))
    loaded = time.perf_counter()
    with open_pool(file_tagger, workers) as pool, target.open("wb") as out:
        if workers > 1:  # until every worker has opened its model
            (WORK / "warm.txt").write_text("\n".join(WARM))
            for _ in range(4 * workers):
                tag_to_file(Job(file_tagger, find_inputs([str(WORK / "warm.txt")], None).files), pool, out)
        began, process = time.perf_counter(), time.process_time()
        counts = tag_to_file(Job(file_tagger, find_inputs([str(source)], None).files), pool, out)
        seconds, process = time.perf_counter() - began, time.process_time() - process
        pids = [os.getpid(), *(p.pid for p in getattr(pool, "processes", []))]
        rss = max(map(peak, pids))
    return {"load": loaded - start, "seconds": seconds, "process": process, "chars": counts.chars, "rss": rss}


def bare(name: str, source: Path, rounds: int) -> dict[str, Any]:
    """Where the time goes, and the whole way against the session alone on the very same padded batches."""
    file_tagger = file_tagger_of(name)
    session = file_tagger.tagger.model.session

    def tag_all() -> float:
        start = time.perf_counter()
        with open_pool(file_tagger, 1) as pool, Path(os.devnull).open("wb") as out:
            tag_to_file(Job(file_tagger, find_inputs([str(source)], None).files), pool, out)
        return time.perf_counter() - start

    batches = recorded_batches(tag_all)
    ratios = []
    for _ in range(rounds):
        seconds = tag_all()
        start = time.perf_counter()
        for inputs in batches:
            session.run(None, inputs)
        ratios.append(seconds / (time.perf_counter() - start))
    return {"ratio": statistics.median(ratios), "stages": stage_shares(tag_all)}


def recorded_batches(run: Callable[[], float]) -> list[dict[str, Any]]:
    """The inputs of every batch that a run gives to the session."""
    batches: list[dict[str, Any]] = []
    scores = Model.scores

    def record(model: Model, codes: Any, lengths: Any, standard: int = 0) -> Any:
        batches.append({"code_points": codes, "lengths": lengths, **model.following(standard, len(lengths))})
        return scores(model, codes, lengths, standard)

    with replaced(Model, "scores", record):
        run()
    return batches


def stage_shares(run: Callable[[], float]) -> dict[str, float]:
    """The share of a run's time that each stage takes, measured around the methods named here."""
    clock: dict[str, float] = {}

    def timed(stage: str, function: Any) -> Any:
        def wrapper(*args: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                clock[stage] = clock.get(stage, 0.0) + time.perf_counter() - start

        return wrapper

    stages = (
        (Model, "scores", "onnxruntime"), (ChainDecoder, "decode", "decode"), (FactoredDecoder, "decode", "decode"),
        (Presegmenter, "joined_mask", "presegmentation"), (Constraints, "of", "dictionary"),
        (Tagger, "spans", "all of tagging"), (Tagger, "rated", "all of tagging"),
        (ChainDecoder, "rates", "probabilities"), (FactoredDecoder, "rates", "probabilities"),
        (TextReader, "decode", "read"), (FileTagger, "_write", "write"),
    )  # fmt: skip
    with ExitStack() as stack:
        for owner, attribute, stage in stages:
            stack.enter_context(replaced(owner, attribute, timed(stage, getattr(owner, attribute))))
        total = run()
    clock["encode"] = clock.pop("all of tagging") - sum(clock[stage] for stage in INSIDE if stage in clock)
    clock["rest"] = total - sum(clock.values())
    return {stage: seconds / total for stage, seconds in clock.items()}


@contextmanager
def replaced(owner: Any, attribute: str, value: Any) -> Iterator[None]:
    """Another value of an attribute for a while."""
    before = getattr(owner, attribute)
    setattr(owner, attribute, value)
    try:
        yield
    finally:
        setattr(owner, attribute, before)
