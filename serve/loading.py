"""Reads the files of models, dictionaries and patterns: all of them at the start, and again on SIGHUP."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tagger.errors import InputError, TaggerError
from tagger.tagging.arguments import check_tags
from tagger.tagging.dictionary import Dictionary
from tagger.tagging.patterns import Patterns
from tagger.tagging.tag_maps import find_unknown
from tagger.tagging.tagger import Tagger

from .copies import Copies, UserFile, read_whole, version_of
from .engine import Engine
from .log import event, logger
from .models import Catalog, ServedModel
from .settings import Settings


def load(settings: Settings, copies: Copies, offered: Sequence[str] | None = None) -> Catalog:
    """All files that the settings name; of dictionaries and patterns the copies, where there are some; of models those
    `offered`, None for all. Raises ModelError for a model, InputError for a dictionary or patterns."""
    catalog = Catalog([])
    for name in settings.models if offered is None else offered:
        catalog.put(ServedModel.open(name, settings.models[name]))
    for file in user_files(settings):
        copy = copies.find(file)
        content = _read_into(catalog, settings, file, copy or file.path)
        if copy is None:
            copies.keep(file, content)
    return catalog


def user_files(settings: Settings) -> list[UserFile]:
    """The dictionaries and patterns."""
    dictionaries = [UserFile("dictionary", name, path) for name, path in settings.dictionaries.items()]
    return dictionaries + [UserFile("patterns", name, path) for name, path in settings.pattern_files.items()]


def _read_into(catalog: Catalog, settings: Settings, file: UserFile, source: Path) -> bytes | None:
    """Put what a file or its copy holds into the catalog. Returns the content, None for a pipe. Raises InputError."""
    options = settings.dictionary_options
    if file.kind == "dictionary":
        dictionary, content = read_whole(source, options.read)
        _check_tags(dictionary, catalog)
        catalog.dictionaries[file.name] = dictionary
    else:
        read = partial(Patterns.read, encoding=options.encoding)
        patterns, content = read_whole(source, read)
        _check_tags(patterns, catalog)
        catalog.patterns[file.name] = patterns
    catalog.versions[file.kind, file.name] = version_of(content or b"")
    return content


def _check_tags(words: Dictionary | Patterns, catalog: Catalog) -> None:
    """Raises InputError for a tag that no model that tags words can have with the others; a request for a model that
    lacks a tag is refused."""
    faults = []
    for tagger in _taggers(catalog).values():
        try:
            check_tags(words, tagger.model.scheme.pos)
        except InputError as fault:
            faults.append(fault)
        else:
            return
    if faults:
        raise faults[0]


def _taggers(catalog: Catalog) -> dict[str, Tagger]:
    return {model.name: model.tagger for model in catalog if model.kind == "tagger"}


def log_loaded(catalog: Catalog) -> None:
    """An event for each file that was loaded; those of users name their tags that models do not have."""
    for model in catalog:
        event("loaded", **model.label)
    tags_of = {name: tagger.model.scheme.pos for name, tagger in _taggers(catalog).items()}
    for name, dictionary in catalog.dictionaries.items():
        unknown = {model: find_unknown(dictionary.tag_names, pos) for model, pos in tags_of.items()}
        reading = dictionary.file.describe(len(dictionary)) if dictionary.file else ""
        event("loaded", dictionary=name, entries=len(dictionary), unknown_tags=unknown, reading=reading)
    for name, patterns in catalog.patterns.items():
        unknown = {model: find_unknown(patterns.tag_names, pos) for model, pos in tags_of.items()}
        event("loaded", patterns=name, expressions=len(patterns), unknown_tags=unknown)


async def reload(engine: Engine) -> None:
    """Read all files again; one that cannot be used leaves its predecessor in place."""
    _reload_keys(engine)
    await _reload_models(engine)
    catalog, settings = engine.catalog, engine.settings
    for file in user_files(settings):
        with _counted(engine, file.kind, file.name, {file.kind: file.name}) as facts:
            content = await asyncio.to_thread(_read_into, catalog, settings, file, file.path)
            await asyncio.to_thread(engine.copies.keep, file, content)
            facts |= _facts(catalog, file)
    engine.metrics.show_models(catalog)


async def follow(engine: Engine) -> None:
    """Read the copies that other processes have kept and this one has not read, so that all of them answer alike."""
    keys = engine.keys
    for file, copy in engine.copies.changed([*user_files(engine.settings), *([keys.file] if keys.file else [])]):
        version = version_of(await asyncio.to_thread(copy.read_bytes))
        if file == keys.file and version != keys.version:
            keys.read(copy)
            event("followed", keys=len(keys))
        elif file != keys.file and version != engine.catalog.versions[file.kind, file.name]:
            await asyncio.to_thread(_read_into, engine.catalog, engine.settings, file, copy)
            event("followed", **{file.kind: file.name}, **_facts(engine.catalog, file))
            engine.metrics.show_models(engine.catalog)


def _facts(catalog: Catalog, file: UserFile) -> dict[str, object]:
    n = len(catalog.dictionaries[file.name] if file.kind == "dictionary" else catalog.patterns[file.name])
    unit = "entries" if file.kind == "dictionary" else "expressions"
    return {unit: n, "version": catalog.versions[file.kind, file.name]}


def _reload_keys(engine: Engine) -> None:
    keys = engine.keys
    if keys.file:
        path = str(keys.file.path)
        with _counted(engine, "keys", path, {"keys": path}) as facts:
            keys.read()
            engine.copies.keep(keys.file, keys.content)
            facts["keys"] = len(keys)


async def _reload_models(engine: Engine) -> None:
    for old in tuple(engine.catalog):
        with _counted(engine, "model", old.name, old.label) as facts:
            new = await asyncio.to_thread(ServedModel.open, old.name, old.path)
            engine.catalog.put(new)
            facts |= {**new.label, "before": old.version}


@contextmanager
def _counted(engine: Engine, kind: str, name: str, about: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Count and log the reload of a file: as done, with the facts that the block adds, or as refused when the block
    raises an error of the file."""
    facts = dict(about)
    try:
        yield facts
    except (TaggerError, OSError) as error:
        engine.metrics.reloads.labels(kind, name, "refused").inc()
        logger.error("reload refused", extra={"fields": {**about, "reason": str(error)}})
    else:
        engine.metrics.reloads.labels(kind, name, "done").inc()
        event("reloaded", **facts)
