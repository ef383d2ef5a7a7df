"""What a model file says about itself: the JSON of its property `tagger`, as frozen dataclasses.

This is the one place where that JSON is read (`from_json`) and written (`to_json`); docs/model-file.md describes every
key, its tables are made from these classes. A field has the name of its key.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, Literal

from ..errors import ModelError
from .record import Key, read, write

FORMAT: Final = 1
METADATA_KEY = "tagger"
Further = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class SchemeInfo:
    """The tag set: B, M, E and S (begin, middle, end, single) of every part of speech, and O for whitespace; or, of
    entities, B, I, E and S of every type, and O for everything else."""

    name: Annotated[
        Literal["BMES", "BIOES"], Key("the scheme: `BMES` of words, `BIOES` of entities", "BMES", always=True)
    ] = "BMES"
    pos: Annotated[
        tuple[str, ...],
        Key("parts of speech, or types of entities, in the order of their ids; empty: words alone", ["NOUN"]),
    ]
    inner_spaces: Annotated[bool, Key("whether a word may hold whitespace", False)]
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DecoderInfo:
    """How scores become tags."""

    kind: Annotated[str, Key("the head: `softmax`, `crf`, `factored` or one of your own", "crf")]
    parameters: Annotated[
        Mapping[str, object],
        Key("tables of transition scores: `boundary`, `inside`, `start`, `end`; empty for softmax", {}),
    ]
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The net. Its further options have the names that `conf/net/` gives them: `char_size`, `word_dropout`, …"""

    cell: Annotated[str, Key("the recurrent cell", "lstm")]
    hidden_sizes: Annotated[tuple[int, ...], Key("units of each layer, in each direction", [56])]
    bidirectional: Annotated[bool, Key("whether the layers read in both directions", True, always=True)] = True
    head: Annotated[str | None, Key("the head of a tagger", "crf")] = None
    entity_head: Annotated[str | None, Key("the head of the entities beside words", "crf", since="0.2")] = None
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TrainingInfo:
    """The run that trained the net."""

    corpus: Annotated[str | None, Key("the corpus", "UD Chinese GSDSimp", numbers=True)] = None
    licence: Annotated[
        str | None, Key("the licences of the corpus and of what the net started from", "CC BY-SA 4.0", numbers=True)
    ] = None
    task: Annotated[str | None, Key("`joint`, `seg`, `spans`, `joint_spans` or `classification`", "joint")] = None
    name: Annotated[str | None, Key("the name of the run", "zh-small", numbers=True)] = None
    seed: Annotated[int | None, Key("the seed of the run", 1)] = None
    init: Annotated["TrainingInfo | None", Key("the run whose net this one started from", {"name": "first"})] = None
    language: Annotated[str | None, Key("the language of the corpus, after ISO 639", "zh")] = None
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RoundingEffect:
    """What rounded weights change on gold sentences; F1 as a fraction."""

    sentences: Annotated[int, Key("number of gold sentences", 500)]
    sentences_changed: Annotated[float, Key("share of the sentences that are answered otherwise", 0.01)]
    words_changed: Annotated[float, Key("share of the words that are no longer found", 0.00063)]
    word_f1: Annotated[float, Key("F1 of words", 0.96409)]
    word_f1_lost: Annotated[float, Key("by how much it was higher before", 0.00016)]
    joint_f1: Annotated[float | None, Key("F1 of words with their part of speech", 0.9097)] = None
    joint_f1_lost: Annotated[float | None, Key("by how much it was higher before", 0.00016)] = None
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Rounding:
    """Weights stored in fewer bits by `tagger export --round`; the file computes in fp32."""

    tables: Annotated[Literal["int8"], Key("the type of the tables of vectors, with a scale for each row", "int8")]
    encoder: Annotated[Literal["fp16"], Key("the type of the encoder's weights", "fp16")]
    dev: Annotated[RoundingEffect | None, Key("what that changes")] = None
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """Weights and arithmetic in int8 by `tagger export --quantize`."""

    weights: Annotated[Literal["int8"], Key("the type of the weights", "int8")]
    dev: Annotated[RoundingEffect | None, Key("what that changes")] = None
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The temperature that `tagger calibrate` fitted, and what it changes on the gold sentences that it was fitted on.

    Expected calibration errors (ECE) are fractions; `joint` is of words with their part of speech, `word` of words.
    """

    temperature: Annotated[float, Key("what scores are divided by before they become probabilities; above 0", 1.3382)]
    words: Annotated[int, Key("number of words that were judged", 12675)]
    joint_ece_before: Annotated[float, Key("ECE at temperature 1", 0.03064)]
    word_ece_before: Annotated[float, Key("ECE at temperature 1", 0.01361)]
    log_loss_before: Annotated[float, Key("mean log loss at temperature 1, in nats", 0.21328)]
    joint_ece_after: Annotated[float, Key("ECE at the fitted temperature", 0.00439)]
    word_ece_after: Annotated[float, Key("ECE at the fitted temperature", 0.004)]
    log_loss_after: Annotated[float, Key("mean log loss at the fitted temperature", 0.19625)]
    dev: Annotated[str | None, Key("name of the file of gold sentences", "dev.conllu")] = None
    further: Further = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise ModelError(f"expected a temperature above 0, got {self.temperature}; run tagger.calibrate again")


Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class EntitiesInfo:
    """The entities that a tagger of words finds beside them, from the output `entity_scores`."""

    scheme: Annotated[SchemeInfo, Key("the tag set of entities")]
    decoder: Annotated[DecoderInfo, Key("how their scores become tags")]
    calibration: Annotated[
        Calibration | None, Key("the temperature of their probabilities; `words` are entities", since="0.2")
    ] = None
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Scores on one split of a corpus, as fractions, with 95 % intervals by bootstrap over sentences."""

    sentences: Annotated[int, Key("number of sentences", 500)]
    word_f1: Annotated[float, Key("F1 of words", 0.96409)]
    joint_f1: Annotated[float | None, Key("F1 of words with their part of speech", 0.9097)] = None
    oov_recall: Annotated[float | None, Key("recall of words that the training corpus does not have", 0.86937)] = None
    word_f1_interval: Annotated[Interval | None, Key("lower and upper end", [0.9593, 0.96861])] = None
    joint_f1_interval: Annotated[Interval | None, Key("lower and upper end", [0.90343, 0.91597])] = None
    oov_recall_interval: Annotated[Interval | None, Key("lower and upper end", [0.84686, 0.88843])] = None
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """Texts and the scores that the file gives them in onnxruntime, so that another runtime can be checked by them."""

    texts: Annotated[
        tuple[str, ...],
        Key("the rows of one batch; where `unit` is `word`, spaces stand between the words", ["我喜欢北京。", "好"]),
    ]
    standards: Annotated[
        tuple[int, ...], Key("the number of the standard that each row follows; empty for a model of one", [0, 1])
    ] = ()
    scores: Annotated[
        str,
        Key(
            "scores of all rows in order, without those of padding, those of entities after those of words: float32, "
            "little-endian, row-major, in Base64",
            "zcxMPw==",
        ),
    ]
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Description:
    """The keys of every model file."""

    format: Annotated[Literal[1], Key("version of the file format; a reader refuses any other", 1)]
    architecture: Annotated[Architecture, Key("the net")]
    n_parameters: Annotated[int, Key("number of the net's parameters", 1266992)]
    model_version: Annotated[int, Key("version of the model, as in `zh-small@2`", 2, since="0.2")] = 1
    language: Annotated[str | None, Key("language of the texts, after ISO 639", "zh")] = None
    training: Annotated[TrainingInfo, Key("the run that trained the net", always=True)] = field(
        default_factory=TrainingInfo
    )
    exported: Annotated[str | None, Key("time of the export, after ISO 8601", "2026-11-21T15:54:08+00:00")] = None
    versions: Annotated[Mapping[str, str], Key("versions of the software that wrote it", {"tagger": "0.1.0"})] = field(
        default_factory=dict
    )
    figures: Annotated[
        Mapping[str, Figures],
        Key(
            "scores by split, `STANDARD/SPLIT` of a further standard, `entities/SPLIT` of entities beside words, and "
            "`genre/NAME`, measured by `tagger card`"
        ),
    ] = field(default_factory=dict)
    command: Annotated[str | None, Key("the command that made the model", "make zh-small")] = None
    attribution: Annotated[str | None, Key("whose data the model learnt from", "learnt from UD Chinese GSDSimp")] = None
    self_test: Annotated[
        SelfTest | None, Key("texts and their scores, which `tagger export --verify` compares with", since="0.2")
    ] = None
    further: Further = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TaggerMetadata(Description):
    """The keys that a tagger has besides, whether it reads texts or given words."""

    kind: ClassVar[str] = "tagger"

    unit: Annotated[
        Literal["character", "word"],
        Key("what each tag is given to; `word`: texts are split already", "character", always=True),
    ] = "character"
    scheme: Annotated[SchemeInfo, Key("the tag set")]
    runs: Annotated[
        tuple[str, ...],
        Key(
            "kinds of character runs (`url`, `number`, …) that no word boundary may cut", ["url", "latin"], always=True
        ),
    ] = ()
    standards: Annotated[tuple[str, ...], Key("segmentation standards in the order of their numbers", ["pku"])] = ()
    decoder: Annotated[DecoderInfo, Key("how scores become tags")]
    entities: Annotated[EntitiesInfo | None, Key("the entities found beside words", since="0.2")] = None
    rounding: Annotated[Rounding | None, Key("weights in fewer bits")] = None
    quantization: Annotated[Quantization | None, Key("weights and arithmetic in int8")] = None
    calibration: Annotated[
        Calibration | None,
        Key("the temperature of probabilities, under the first standard and those without one of their own"),
    ] = None
    calibration_by_standard: Annotated[
        Mapping[str, Calibration], Key("the temperature of probabilities under a further standard", since="0.2")
    ] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ClassifierMetadata(Description):
    """The keys that a classifier has besides."""

    kind: Annotated[Literal["classifier"], Key("tells a classifier from a tagger, which has no such key", "classifier")]
    labels: Annotated[tuple[str, ...], Key("labels in the order of their scores", ["sport", "travel"])]
    max_chars: Annotated[
        int, Key("how many characters of a text are read, at its beginning; or how many words, at its end", 400)
    ]
    unit: Annotated[
        Literal["character", "word"],
        Key("what is read; `word`: runs of letters and digits, and single Han characters", "word", since="0.2"),
    ] = "character"
    padding: Annotated[
        Literal["none", "front"],
        Key("`front`: words without characters are put before a text of fewer words", "front", since="0.2"),
    ] = "none"


Metadata = TaggerMetadata | ClassifierMetadata
_KINDS: Mapping[str, type[TaggerMetadata] | type[ClassifierMetadata]] = {
    "tagger": TaggerMetadata,
    "classifier": ClassifierMetadata,
}


def from_json(text: str) -> Metadata:
    """The metadata in the property of a model file.

    Raises ModelError for text that is no JSON, for another format, and for a key that is missing or of another type.
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ModelError(f"expected metadata in JSON, got {text!r:.80} ({error}); export it again") from error
    if not isinstance(values, dict) or "format" not in values:
        raise ModelError(f"expected metadata with a format, got {text!r:.80}; export it again")
    if values["format"] != FORMAT:
        raise ModelError(
            f"expected model format {FORMAT}, got {values['format']!r:.80}; update tagger, or export it again"
        )
    kind = str(values.get("kind", TaggerMetadata.kind))
    if kind not in _KINDS:
        raise ModelError(f"expected a model of kind {' or '.join(_KINDS)}, got {kind!r:.80}; update tagger")
    return read(_KINDS[kind], values, "metadata")


def to_json(metadata: Metadata) -> str:
    """The text of the property, which `from_json` reads."""
    return json.dumps(write(metadata), ensure_ascii=False)
