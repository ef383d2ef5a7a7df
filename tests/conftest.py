"""One thread, hypothesis without deadlines, and small model files with random weights."""

from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
import torch
from browsing import CHROMIUM, FLAGS
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tagger.learning.checkpoint import Trained, TrainedClassifier
from tagger.learning.export import classifier as classifier_export
from tagger.learning.export.tagger import build, describe
from tagger.learning.nets.classifier import SequenceClassifier
from tagger.learning.nets.tagger import BiLSTM
from tagger.tagging.tagger import Tagger, load
from tagger.text.alphabet import Alphabet
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme

settings.register_profile("tagger", deadline=None, max_examples=50)
settings.load_profile("tagger")
torch.set_num_threads(1)

# The files that take longest, which begin first so that both workers end together.
LONG = ("test_readme.py", "test_cluster.py", "test_train.py", "test_lexicon.py", "test_tutorial.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


TEXTS = ["我喜欢北京。", "今天天气很好，我们去公园吧！", "iPhone 15 卖 5999 元。"]


@pytest.fixture(scope="session")
def small_net() -> BiLSTM:
    torch.manual_seed(0)
    alphabet = Alphabet.fit(TEXTS, bigram_min_count=1)
    net = BiLSTM(alphabet, Scheme(("NOUN", "VERB", "X")), hidden_sizes=[8], char_size=6, bigram_size=5)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    return net.eval()


@pytest.fixture(scope="session")
def small_model(small_net: BiLSTM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    onnx.save(build(small_net, describe(Trained(small_net, Presegmenter(), {"corpus": "random"}))), path)
    return path


@pytest.fixture(scope="session")
def small_tagger(small_model: Path) -> Tagger:
    return load(small_model)


@pytest.fixture(scope="session")
def small_classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    alphabet = Alphabet.fit(TEXTS, bigram_min_count=1)
    net = SequenceClassifier(alphabet, ("travel", "weather", "shop"), hidden_sizes=[6], char_size=5, bigram_size=4)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    path = tmp_path_factory.mktemp("classifier") / "topics.onnx"
    trained = TrainedClassifier(net.eval(), 100, {"corpus": "random"})
    onnx.save(classifier_export.build(net, classifier_export.describe(trained)), path)
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()
