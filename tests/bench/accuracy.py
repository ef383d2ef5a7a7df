"""`make bench-accuracy`: how right this and other taggers are on text of many kinds, by the standard `words`.

The corpora are those of `accuracy_gold.py`: UD Chinese GSD and HK converted to the standard (docs/words.md), HK in
simplified characters, the sample corpus, our essays, and nine genres of real text; or files of your own (`--gold`),
whose tags are scored if they are UPOS. Every tool reads the plain text of each gold sentence in its own process on one
thread. Tags of a tool that does not learn are mapped to UPOS, each to the one that gold gives most often to the words
on which both agree, in the train part of the project's corpora. LTP's perceptron is trained here, on that part. Speed
is characters a second of processor time on the same sentences, the median of rounds in which the tools take turns.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from accuracy_gold import ROOT, Gold, read_files, read_gold
from accuracy_scores import Score, majority, mean, score
from accuracy_tools import PEERS, Pairs, missing, name_of, open_ours, open_peer, timed
from tag_inputs import train_ltp

from tagger.errors import TaggerError
from tagger.text.sentence import Sentence

WORK = Path(os.environ.get("BENCH_WORK", ROOT / "runs/bench-accuracy"))
LTP = "LTP perceptron"


def ask(tool: str, model: bool, standard: str | None, texts: Path) -> dict[str, Any]:
    """What a tool answers in its own process; `error` says why it does not."""
    name = ["--standard", standard] if standard else []
    command = [sys.executable, __file__, "--child", "model" if model else "peer", tool, str(texts), *name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]}
    answers: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answers


def answer(kind: str, tool: str, source: Path, standard: str | None) -> dict[str, Any]:
    """The child: answers to the texts of a file, their speed, and the answers to those that tags are learnt from."""
    texts = json.loads(source.read_text(encoding="utf-8"))
    tag = open_ours(tool, standard) if kind == "model" else open_peer(tool, WORK)
    return timed(tag, texts["gold"]) | {"learnt": tag(texts["learn"]) if kind == "peer" and tool != LTP else []}


def write_texts(name: str, gold: Gold, learn: Gold) -> Path:
    """A file of texts for the children."""
    texts = {
        kind: [sentence.text for sentences in corpora.values() for sentence in sentences]
        for kind, corpora in (("gold", gold), ("learn", learn))
    }
    path = WORK / f"{name}.json"
    path.write_text(json.dumps(texts), encoding="utf-8")
    return path


def measure(tools: dict[str, bool], standard: str | None, gold: Gold, learn: Gold, rounds: int) -> dict[str, Any]:
    """The answers of every tool, those of the first round, with the median of its speeds."""
    first, later = write_texts("first", gold, learn), write_texts("later", gold, {})
    found: dict[str, Any] = {}
    rates: dict[str, list[float]] = {}
    for number in range(rounds):
        for tool, model in tools.items():
            print(f"round {number + 1} of {rounds}: {tool}", file=sys.stderr)
            if "error" in found.get(tool, ()):
                continue
            values = ask(tool, model, standard, later if number else first)
            found.setdefault(tool, values)
            rates.setdefault(tool, []).append(values.get("rate", 0.0))
    return {tool: values | {"rate": statistics.median(rates[tool])} for tool, values in found.items()}


def thinned(gold: Gold, limit: int) -> Gold:
    """At most so many sentences of each corpus, evenly spaced."""
    return {name: sentences[:: -(-len(sentences) // limit)] for name, sentences in gold.items()}


def scores_of(values: dict[str, Any], gold: Gold, learn: Gold) -> dict[str, Score]:
    """The scores of a tool by corpus."""
    upos = None
    if values["learnt"]:
        upos = majority([sentence for sentences in learn.values() for sentence in sentences], values["learnt"])
    scores, begin = {}, 0
    answers: list[Pairs] = values["answers"]
    for name, sentences in gold.items():
        scores[name] = score(sentences, answers[begin : begin + len(sentences)], upos)
        begin += len(sentences)
    return scores


def cell(score: Score) -> str:
    """F1 of words and of words with UPOS, in percent."""
    words, joint = score
    return f"{100 * words:.1f} / {'–' if joint is None else f'{100 * joint:.1f}'}"


def print_tables(rows: dict[str, dict[str, Score] | str], rates: dict[str, str], corpora: Gold, genres: Gold) -> None:
    """Both tables: all corpora with the mean over genres and the speed, then the genres."""
    average = [f"mean of {len(genres)} genres"] if genres else []
    for names, extra in ((list(corpora), [*average, "characters/s"]), (list(genres), average)):
        if not names:
            continue
        print("\n| tool |", " | ".join([*names, *extra]), "|\n|" + "---|" * (1 + len(names) + len(extra)))
        for tool, scores in rows.items():
            cells = [scores]
            if not isinstance(scores, str):
                cells = [cell(scores[name]) for name in names]
                cells += [cell(mean([scores[name] for name in genres]))] if genres else []
                cells += [rates[tool]] if "characters/s" in extra else []
            print("|", " | ".join([tool, *map(str, cells)]), "|")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--model", nargs="+", default=["zh-base", "zh-small"], help="default: the shipped ones")
    parser.add_argument("--standard", metavar="NAME", help="of the models; default: the first of each")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), metavar="PEER", help="default: all")
    parser.add_argument("--gold", nargs="+", metavar="FILE", help="score these, not the corpora of the project")
    parser.add_argument("--split", choices=("dev", "test"), default="dev", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--learn", type=int, default=400, help="sentences of each train corpus that tags are mapped by")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        kind, tool, source = options.child
        print("\n" + json.dumps(answer(kind, tool, Path(source), options.standard)))
        return
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
    WORK.mkdir(parents=True, exist_ok=True)
    try:
        compare(options)
    except TaggerError as error:
        parser.error(str(error))


def compare(options: argparse.Namespace) -> None:
    """Measure the tools that are there, and print the tables. Raises TaggerError for gold that cannot be read."""
    corpora, genres, reasons = (read_files(options.gold), Gold(), []) if options.gold else read_gold(options.split)
    train, train_genres, _ = read_gold("train")
    gold, learn = corpora | genres, thinned(train | train_genres, options.learn)
    absent = {peer: missing(peer) for peer in options.peers}
    if LTP in absent and not absent[LTP]:
        dev = corpora if options.split == "dev" and not options.gold else read_gold("dev")[0]
        train_ltp(joined(train | train_genres), joined(dev), WORK)
    tools = dict.fromkeys(options.model, True) | {peer: False for peer, reason in absent.items() if not reason}
    found = measure(tools, options.standard, gold, learn, options.rounds)
    rows: dict[str, dict[str, Score] | str] = {}
    rates = {}
    for tool, model in tools.items():
        name = f"{label(tool)}{f' by {options.standard}' * bool(options.standard)}" if model else name_of(tool)
        error = found[tool].get("error")
        rows[name] = error or scores_of(found[tool], gold, learn)
        rates[name] = f"{found[tool]['rate']:,.0f}"
    rows |= {peer: reason for peer, reason in absent.items() if reason}
    of = "gold files" if options.gold else options.split
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine()}; {of}, word / joint F1, {options.rounds} rounds")
    print_tables(rows, rates, corpora, genres)
    print("".join(f"\nleft out: {reason}" for reason in reasons))


def joined(gold: Gold) -> list[Sentence]:
    """The sentences of all corpora."""
    return [sentence for sentences in gold.values() for sentence in sentences]


def label(model: str) -> str:
    """A model's name with its version."""
    from tagger import load

    return load(model).model.versioned_name


def machine() -> str:
    """Processor, number of cores and version of Python."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    processor = models[0].partition(": ")[2] if models else platform.processor()
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
