"""Reads the files of models, dictionaries and patterns: all of them at the start, and again on SIGHUP."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tagger.errors import TaggerError
from tagger.tagging.patterns import Patterns

from .engine import Engine
from .log import event, logger
from .models import Catalog, ServedModel
from .settings import Settings


def load(settings: Settings) -> Catalog:
    """All files that the settings name. Raises ModelError for a model, InputError for a dictionary or patterns."""
    dictionaries = {name: settings.dictionary_options.read(path) for name, path in settings.dictionaries.items()}
    encoding = settings.dictionary_encoding
    patterns = {name: Patterns.read(path, encoding=encoding) for name, path in settings.pattern_files.items()}
    return Catalog([ServedModel.open(name, path) for name, path in settings.models.items()], dictionaries, patterns)


def log_loaded(catalog: Catalog) -> None:
    """An event for each file that was loaded; those of users name their tags that models do not have."""
    for model in catalog:
        event("loaded", **model.label)
    taggers = {model.name: model.tagger for model in catalog if model.kind == "tagger"}
    for name, dictionary in catalog.dictionaries.items():
        unknown = {model: tagger.with_dictionary(dictionary).unknown_tags for model, tagger in taggers.items()}
        reading = dictionary.file.describe(len(dictionary)) if dictionary.file else ""
        event("loaded", dictionary=name, entries=len(dictionary), unknown_tags=unknown, reading=reading)
    for name, patterns in catalog.patterns.items():
        unknown = {model: tagger.with_patterns(patterns).unknown_tags for model, tagger in taggers.items()}
        event("loaded", patterns=name, expressions=len(patterns), unknown_tags=unknown)


async def reload(engine: Engine) -> None:
    """Read all files again; one that cannot be used leaves its predecessor in place."""
    _reload_keys(engine)
    await _reload_models(engine)
    catalog, options = engine.catalog, engine.settings.dictionary_options
    for name, path in engine.settings.dictionaries.items():
        with _counted(engine, "dictionary", name, {"dictionary": name}) as facts:
            catalog.dictionaries[name] = await asyncio.to_thread(options.read, path)
            facts["entries"] = len(catalog.dictionaries[name])
    for name, path in engine.settings.pattern_files.items():
        with _counted(engine, "patterns", name, {"patterns": name}) as facts:
            catalog.patterns[name] = await asyncio.to_thread(Patterns.read, path, encoding=options.encoding)
            facts["expressions"] = len(catalog.patterns[name])


def _reload_keys(engine: Engine) -> None:
    if path := engine.settings.api_keys_file:
        with _counted(engine, "keys", path, {"keys": path}) as facts:
            engine.keys.read()
            facts["keys"] = len(engine.keys)


async def _reload_models(engine: Engine) -> None:
    for old in tuple(engine.catalog):
        with _counted(engine, "model", old.name, old.label) as facts:
            new = await asyncio.to_thread(ServedModel.open, old.name, old.path)
            engine.catalog.put(new)
            facts |= {**new.label, "before": old.version}
    engine.metrics.show_models(engine.catalog)


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
