"""A net of entities that begins as a tagger of words reads texts as that one does by its first standard."""

import torch
from nets import char_tagger

from tagger.learning.checkpoint import Trained
from tagger.learning.fine_tuning import init_from, take_architecture
from tagger.text.alphabet import Alphabet
from tagger.text.characters import code_points
from tagger.text.presegment import Presegmenter
from tagger.text.scheme import Scheme


def test_the_encoder_answers_as_by_the_first_standard() -> None:
    alphabet = Alphabet.fit(["我喜欢北京"], bigram_min_count=1)
    sizes = {"hidden_sizes": [4, 3], "char_size": 3, "bigram_size": 2}
    old = char_tagger(alphabet, Scheme(("A", "B")), ("first", "second"), head="factored", **sizes).eval()
    for weight in old.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    trained = Trained(old.following("first"), Presegmenter(), {})
    net = char_tagger(alphabet, Scheme(("LOC",), outside=True), head="crf", hidden_sizes=[9])
    net = take_architecture(net, trained).eval()
    init_from(net, trained)
    assert net.head.kind == "crf"
    codes, lengths = torch.from_numpy(code_points("我喜欢 北京").copy())[None], torch.tensor([6])
    with torch.inference_mode():
        ids = old.embedding.ids(codes, lengths)
        wanted = old.encoder(old.embedding(ids) + old.standard(torch.tensor([0]))[:, None], lengths)  # type: ignore[misc]
        assert torch.allclose(net.encoder(net.embedding(ids), lengths), wanted, atol=1e-6)
