"""Reads the files of models, dictionaries and patterns: all of them at the start, and again on SIGHUP."""

import asyncio

from tagger.errors import InputError, ModelError
from tagger.tagging.patterns import Patterns

from .engine import Engine
from .log import event, logger
from .models import Catalog, ServedModel
from .settings import Settings, SettingsError


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
        try:
            catalog.dictionaries[name] = await asyncio.to_thread(options.read, path)
        except InputError as error:
            _log_refused(error, dictionary=name)
            continue
        event("reloaded", dictionary=name, entries=len(catalog.dictionaries[name]))
    for name, path in engine.settings.pattern_files.items():
        try:
            catalog.patterns[name] = await asyncio.to_thread(Patterns.read, path, encoding=options.encoding)
        except InputError as error:
            _log_refused(error, patterns=name)
            continue
        event("reloaded", patterns=name, expressions=len(catalog.patterns[name]))


def _reload_keys(engine: Engine) -> None:
    path = engine.settings.api_keys_file
    if not path:
        return
    try:
        engine.keys.read()
    except SettingsError as error:
        _log_refused(error, keys=path)
    else:
        event("reloaded", keys=len(engine.keys))


async def _reload_models(engine: Engine) -> None:
    for old in tuple(engine.catalog):
        try:
            new = await asyncio.to_thread(ServedModel.open, old.name, old.path)
        except (ModelError, OSError) as error:
            engine.metrics.reloads.labels(old.name, "refused").inc()
            _log_refused(error, **old.label)
            continue
        engine.catalog.put(new)
        engine.metrics.reloads.labels(old.name, "done").inc()
        event("reloaded", **new.label, before=old.version)
    engine.metrics.show_models(engine.catalog)


def _log_refused(error: Exception, **fields: object) -> None:
    logger.error("reload refused", extra={"fields": {**fields, "reason": str(error)}})
