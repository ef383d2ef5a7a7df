"""Fine-tuning: a net for another corpus begins with the weights of a trained one, of a checkpoint or a model file.

A pretrained encoder (net=encoder) begins with the encoder of another one's checkpoint, and with its head if the tags
are the same. The rest is about the nets that become model files.

Before its first step the new net answers as the trained one does: a new character has the vector of its class, a new
bigram that of unknown ones, and a new standard the mean of the others (a corpus without standards takes the default
one); lexicon features, to a net that had none, have no effect. For other tags the head begins with the scores of those
tags that both nets have, and a new tag with the mean of all.
"""

import logging
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from torch import nn

from ..corpus.corpora import Corpus
from ..errors import ModelError
from ..modelfile import shipped
from ..text.scheme import Scheme
from . import checkpoint
from .checkpoint import Trained
from .data.tagging import TaggingData
from .data.words import WordData
from .export.reading import read_tagger
from .nets import CharTagger, TaggerNet, TransformerTagger
from .nets.parts import settings_of
from .resources.lexicon import WordList
from .stored import StoredTagger
from .systems.rates import trainable_parts

log = logging.getLogger(__name__)


def is_model_file(init: str) -> bool:
    """Whether `init` names a model of the package or a model file, and not a checkpoint."""
    return shipped.is_shipped(init) or Path(init).suffix == ".onnx"


def load(init: str) -> Trained:
    """The trained net that `init` names: a model of the package, a model file or a checkpoint.

    Raises ModelError for a file that holds no tagger's net.
    """
    if not Path(init).is_file() and Path(init).suffix != ".ckpt" and not is_model_file(init):
        raise ModelError(shipped.describe_missing(Path(init)))
    return read_tagger(shipped.find(init)) if is_model_file(init) else checkpoint.load(init)


def choose_standard(data: TaggingData | WordData, trained: Trained) -> Trained:
    """The trained net as a corpus without standards of its own begins from it: by that standard of the net which
    `data.standard` names, by default the first one, and with no others.

    Raises ModelError for a standard that the net does not have.
    """
    net, corpus = trained.net, data.corpus
    if not isinstance(net, CharTagger) or not net.standards or not isinstance(corpus, Corpus):
        return trained
    standard = corpus.standard or net.standards[0]
    if standard not in net.standards:
        raise ModelError(
            f"expected data.standard, from which the net of init= begins, to be one of {', '.join(net.standards)}, got "
            f"{standard!r}; name one of them, or leave it out for {net.standards[0]}"
        )
    return trained._replace(net=net.following(standard))


def extend_vocabulary(data: TaggingData | WordData, trained: Trained) -> None:
    """Give the data the alphabet, tags, runs and standards of a trained net, extended by those of its corpus.

    A corpus whose tags the net has trains the tag set of the net; any other one trains its own. A lexicon replaces that
    of the net, which learnt what its kinds of words mean. Raises ModelError for a net or a corpus of another kind, and
    for pretrained vectors beside the net.
    """
    if not isinstance(data, TaggingData | WordData):
        raise ModelError("expected a corpus of words for init=, which begins from a tagger, got another; leave it out")
    old = trained.net
    if isinstance(old, TransformerTagger) and isinstance(data, TaggingData):
        return  # it reads by the vocabulary of its encoder; `init_from` compares these
    if not isinstance(old, CharTagger) or not isinstance(data, TaggingData):
        raise ModelError(
            f"expected init= and a corpus of one tagger of texts, got a net over {old.unit}s and a corpus of "
            f"{data.unit}s; leave init= out"
        )
    _check_resources(data)
    is_same_task = data.scheme.outside == old.scheme.outside
    names = tuple(dict.fromkeys((*(old.standards if is_same_task else ()), *data.standards)))
    alphabet = old.alphabet.merged(data.alphabet)
    if data.lexicon:  # in place of those of the net, and with the words that have characters which only the net knows
        alphabet = alphabet.with_words(data.lexicon.forms, data.lexicon.kinds)
    elif data.more_words:
        words = WordList(alphabet.forms, np.array([kind for _, kind in alphabet.words], np.int64))
        words = words.joined(data.more_words, data.most_words)
        log.info("%d words of data.more_words join the lexicon", len(set(words.forms) - set(alphabet.forms)))
        alphabet = alphabet.with_words(words.forms, words.kinds)
    has_tags = bool(old.scheme.pos) == bool(data.scheme.pos) and set(data.scheme.pos) <= set(old.scheme.pos)
    inner_spaces = old.scheme.inner_spaces or data.scheme.inner_spaces
    if is_same_task and old.scheme.pos and data.scheme.pos and not has_tags:
        shared, new = set(data.scheme.pos) & set(old.scheme.pos), set(data.scheme.pos) - set(old.scheme.pos)
        log.info("tags of train that the net of init= has: %s; learnt anew: %s", _names(shared), _names(new))
    scheme = Scheme(old.scheme.pos if has_tags else data.scheme.pos, inner_spaces, data.scheme.outside)
    if not is_same_task:
        scheme = data.scheme
    data.extend(alphabet, scheme, trained.presegmenter & data.presegmenter, names, _entity_scheme(data, old))


def has_new_head(data: TaggingData | WordData, trained: Trained, given: Collection[str] = ()) -> bool:
    """Whether the head of a net for the data, which `extend_vocabulary` has changed, has more to learn anew than it
    takes from the trained net: for another task, with a head that the user named (in `given`), or where half of the
    tags or more are other ones."""
    pos, old = set(data.scheme.pos), trained.net.scheme
    return data.scheme.outside != old.outside or "head" in given or 2 * len(pos - set(old.pos)) >= len(pos) > 0


def _names(tags: Collection[str]) -> str:
    return ", ".join(sorted(tags)[:20]) + (" …" if len(tags) > 20 else "") or "none"


def _entity_scheme(data: TaggingData, old: CharTagger) -> Scheme | None:
    """The scheme of the entities beside words: that of the net if it has the types of the corpus, else the corpus's."""
    known = old.scheme if old.scheme.outside else old.entity_scheme
    if data.entity_scheme is None or known is None or not set(data.entity_scheme.pos) <= set(known.pos):
        return data.entity_scheme
    return Scheme(known.pos, known.inner_spaces or data.entity_scheme.inner_spaces, outside=True)


def _check_resources(data: TaggingData) -> None:
    """Raises ModelError for vectors, of which the net has its own."""
    if data.vectors:
        raise ModelError(
            "expected init= or data.vectors=, got both; the net of init= has vectors: leave data.vectors out"
        )


def init_from(net: TaggerNet, trained: Trained, *, given: Collection[str] = ()) -> None:
    """Set the weights of a net over the extended alphabet from those of the trained one.

    `given` are the settings that the user named: a `head` among them may be another one than the trained net has, and
    then begins anew. Raises ModelError when the nets differ in more than that and dropout, with the options that make
    them agree.
    """
    old = trained.net
    if isinstance(net, TransformerTagger) and isinstance(old, TransformerTagger):
        net.copy_weights(old)
        return
    net = _check_text_tagger(net)
    if not isinstance(old, CharTagger):
        raise ModelError("expected net=encoder for an encoder's checkpoint in init=, got net=bilstm; give net=encoder")
    free = _free_settings(net, old, given)
    wanted, got = (
        {name: value for name, value in architecture.items() if name not in free}
        for architecture in (old.architecture, net.architecture)
    )
    if wanted != got:
        differ = [name for name in wanted | got if wanted.get(name) != got.get(name)]
        options = (f"{_option(name, old)}={wanted.get(name)}".replace(" ", "") for name in differ)
        raise ModelError(
            f"expected the net of init=, got one with {', '.join(f'{name} {got.get(name)}' for name in differ)}; "
            f"give {' '.join(options)}"
        )
    net.copy_weights(old)


def take_architecture(net: TaggerNet, trained: Trained, *, given: Collection[str] = ()) -> CharTagger:
    """A net of the alphabet, tags, standards and dropouts of `net`, with the sizes and the head of the trained one.

    A `head` among the settings that the user named (`given`) is the head of `net`. Raises ModelError for another one of
    them that contradicts the trained net.
    """
    old, net = trained.net, _check_text_tagger(net)
    assert isinstance(old, CharTagger)
    free = _free_settings(net, old, given)
    wanted = {name: value for name, value in old.architecture.items() if name not in free}
    for name, value in wanted.items():
        if (setting := _option(name, old)) in given and net.architecture.get(name) != value:
            raise ModelError(
                f"expected {setting}={value}, as the net of init= has it, got {net.architecture.get(name)}; "
                f"leave {setting} out, or init="
            )
    own = {name: value for name, value in net.architecture.items() if name in free}
    return CharTagger.restore(StoredTagger(net.alphabet, net.scheme, wanted | own, entity_scheme=net.entity_scheme))


def _check_text_tagger(net: TaggerNet) -> CharTagger:
    if not isinstance(net, CharTagger):
        if isinstance(net, TransformerTagger):
            raise ModelError(
                "expected an encoder's checkpoint in init= for net=encoder, got a net=bilstm; leave one out"
            )
        raise ModelError(f"expected net=bilstm for init=, got a net over {net.unit}s; leave net= or init= out")
    return net


def _free_settings(net: CharTagger, old: TaggerNet, given: Collection[str]) -> set[str]:
    """The settings in which a net may differ from the trained one; for another task the head is another one too."""
    free = {name for name in net.architecture if name.endswith("dropout")}
    free |= {"forget_bias", "standards", "entity_head"}
    if net.scheme.outside != old.scheme.outside or "head" in given:
        free |= {"head", *settings_of(net.head)}
    return free if isinstance(old, CharTagger) and old.embedding.word is not None else {*free, "word_size"}


def _option(setting: str, net: CharTagger) -> str:
    """What a setting of a net is called on the command line."""
    for place, part in (("net.encoder.", net.encoder), ("net.embedding.", net.embedding)):
        if setting in settings_of(part):
            return place + setting
    return setting


def freeze(net: nn.Module, names: Sequence[str]) -> None:
    """Leave parts of a net as they are in training: modules by name, such as `embedding` or `encoder.layers.0`.

    Raises ModelError for the name of no part, and when nothing is left to train.
    """
    parts = trainable_parts(net)
    for name in names:
        if name not in parts:
            raise ModelError(f"expected freeze= parts of the net, {', '.join(parts)}, got {name!r}; choose among them")
        parts[name].requires_grad_(False)
    if not any(weight.requires_grad for weight in net.parameters()):
        raise ModelError(f"expected something left to train, got freeze={list(names)}; freeze less")
