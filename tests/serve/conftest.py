"""One service with a model of random weights, small limits and short times, for most tests here."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page
from service import Service

from tagger.tagging.tagger import Tagger


@pytest.fixture(scope="session")
def service(small_model: Path, small_classifier: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    words = tmp_path_factory.mktemp("dictionary") / "words.txt"
    words.write_text("喜欢北\n天|很\tcut\n", encoding="gb18030")
    titles = words.with_name("titles.tsv")
    titles.write_text("《[^》]+》\tNOUN\n", encoding="gb18030")
    limits = {
        "--dictionary": words,
        "--dictionary-encoding": "gb18030",
        "--dictionary-format": "tagger",
        "--patterns": titles,
        "--max-entries": 5,
        "--max-entry-chars": 8,
        "--max-given": 900,
        "--max-body": 20_000,
        "--max-document": 200_000,
        "--max-texts": 20,
        "--max-chars": 2000,
        "--header-seconds": 1,
        "--body-seconds": 1,
        "--write-seconds": 5,
        "--max-connections": 1500,
    }
    flags = [str(part) for pair in limits.items() for part in pair]
    models = ["--model", small_model, "--model", f"other={small_model}", "--model", small_classifier]
    with Service(*models, *flags) as started:
        yield started
    assert started.process.returncode == 0
    assert not [event for event in started.events if event["event"] == "bug"]


@pytest.fixture(scope="session")
def client(service: Service) -> httpx.Client:
    return service.client


@pytest.fixture
def still_right(service: Service, small_tagger: Tagger) -> Iterator[None]:
    """After the test the service answers the next request right."""
    yield
    answer = service.client.post("/v1/tag", json={"texts": ["我喜欢北京。"]})
    assert [word["form"] for word in answer.json()["results"][0]["words"]] == list(small_tagger("我喜欢北京。").forms)
    assert service.process.poll() is None


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", permissions=["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    faults: list[str] = []
    elsewhere: list[str] = []
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda request: elsewhere.append(request.url) if "127.0.0.1" not in request.url else None)
    opened.goto(service.address)
    yield opened
    context.close()
    assert faults == []
    assert elsewhere == []
