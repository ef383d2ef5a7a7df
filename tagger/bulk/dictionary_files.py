"""Reads the files of dictionaries and patterns for a format of the output."""

from ..errors import InputError
from ..tagging.dictionary import Dictionary, DictionaryOptions
from ..tagging.dictionary_formats import ask_for_english
from ..tagging.entity_entries import check_types
from ..tagging.patterns import Patterns
from ..text.scheme import Scheme
from .formats import OutputFormat


def read_dictionary(path: str, options: DictionaryOptions, output_format: OutputFormat, scheme: Scheme) -> Dictionary:
    """The dictionary of a file. Raises InputError for a bad file, for words that the format cannot hold, and for words
    that are no entities of a model of these."""
    dictionary = options.read(path)
    check_types(dictionary, scheme, path)
    if dictionary.file and dictionary.file.spaced and not output_format.holds_spaces:
        line, word = dictionary.file.spaced
        raise InputError(
            f"{path}:{line}: expected words without whitespace for the format {output_format.name}, got {word!r:.80}; "
            + _remedy_for_space(word)
        )
    return dictionary


def read_patterns(path: str, options: DictionaryOptions, output_format: OutputFormat, scheme: Scheme) -> Patterns:
    """The patterns of a file, whose matches hold whitespace if the format does. Raises InputError for a bad file, and
    for patterns without a type of a model of entities."""
    patterns = Patterns.read(path, encoding=options.encoding, spaces=output_format.holds_spaces)
    check_types(patterns, scheme, path)
    return patterns


def _remedy_for_space(word: str) -> str:
    """What to do about an entry with a space. Whoever writes a strength or a tag in Chinese means no such word."""
    last = word.split()[-1]
    if last.isascii():
        return "use the format jsonl or conllu, or take the word out"
    return ask_for_english(last, "use the format jsonl or conllu")
