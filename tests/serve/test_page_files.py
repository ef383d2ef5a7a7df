"""Files on the page: texts that are opened, and answers that are saved."""

import json
from pathlib import Path

from browsing import expected, needs_browser, paste, shown
from playwright.sync_api import Page, expect

from tagger import corpus
from tagger.tagging.tagger import Tagger

pytestmark = needs_browser
TEXT = "我喜欢 北京。\n\n今天👍🏽天气\t很好\u3000"

# The name of a file, its bytes, and the text that the page shows.
FILES = [
    ("a.txt", "我喜欢\r\n北京\n\n".encode(), "我喜欢\n北京"),
    ("a.TXT", b"\xef\xbb\xbf\xe5\xa5\xbd", "好"),
    ("a.txt", "我喜欢北京".encode("gb18030"), "我喜欢北京"),
    ("a.txt", "好".encode("utf-16"), "好"),
    ("a.jsonl", '"好"\n{"text": "我爱"}\n\n{"tokens": ["New", "York", "好"]}\n'.encode(), "好\n我爱\nNew York好"),
    ("a.ndjson", '{"words": [{"form": "北京"}, {"form": "好"}]}'.encode(), "北京好"),
    (
        "a.conllu",
        "# text = 好 的\n1\t好\t_\n2\t的\t_\n\n1\tiPhone\t_\n2\t15\t_\n3\t好\t_\n\n".encode(),
        "好 的\niPhone 15好",
    ),
    ("a.slash", "我/PRON 喜欢/VERB 1/2/NUM\n".encode(), "我喜欢1/2"),
    ("a.txt", b"\x00\xff\xff", "error: file_unreadable"),
    ("a.jsonl", b"{", "error: file_unreadable"),
    ("a.txt", b"a" * (4 << 20) + b"a", "error: file_too_large"),
]


def test_files_of_several_kinds_are_read(page: Page) -> None:
    found = page.evaluate(
        """async (files) => {
            const { readFile } = await import('/page/files.js');
            return Promise.all(files.map(([name, bytes, repeats]) => {
                const part = Uint8Array.from(bytes);
                return readFile(new File(Array(repeats).fill(part), name)).catch(error => `error: ${error.code}`);
            }));
        }""",
        [
            [name, list(data[:1]), len(data)] if len(set(data)) == 1 else [name, list(data), 1]
            for name, data, _ in FILES
        ],
    )
    assert found == [text for _, _, text in FILES]


def test_an_opened_file_is_tagged(page: Page, small_tagger: Tagger, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("今天天气很好\n", encoding="gb18030")
    with page.expect_file_chooser() as chooser:
        page.locator("#open").click()
    chooser.value.set_files(path)
    shown(page, expected(small_tagger, "今天天气很好"))
    path.write_bytes(b"\x00\xff\xff")
    page.locator("#file").set_input_files(path)
    expect(page.locator("#status")).to_contain_text("This file cannot be read")


def test_what_is_saved_can_be_read_back(page: Page, small_tagger: Tagger) -> None:
    paste(page, TEXT)
    shown(page, expected(small_tagger, TEXT))
    sentences = [small_tagger(line) for line in TEXT.split("\n")]
    for suffix, format in {"txt": "segmented", "slash": "slash", "conllu": "conllu", "jsonl": "jsonl"}.items():
        page.locator("#format").select_option(suffix)
        with page.expect_download() as download:
            page.locator("#download").click()
        assert download.value.suggested_filename == f"words.{suffix}"
        saved = Path(download.value.path()).read_text(encoding="utf-8")
        if suffix == "jsonl":
            words = [[(w["form"], w["pos"]) for w in json.loads(line)["words"]] for line in saved.splitlines()]
            assert words == [[(word.form, word.pos) for word in sentence.words] for sentence in sentences]
        else:
            assert saved == "".join(corpus.format_sentence(sentence, format) for sentence in sentences)
    page.locator("#choose-mode").select_option("alternatives")
    expect(page.locator("#format option")).to_have_text(["JSONL"])
