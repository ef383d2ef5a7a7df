"""A training run: data, net, system and trainer, built in that order from `conf/train.yaml`."""

import logging
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning
import torch
from hydra.utils import instantiate
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import Callback
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table
from torch import nn

from ..corpus.licences import join_licences
from ..errors import ExportError, ModelError, UsageError
from ..evaluation.origins import UNKNOWN, licence_of
from ..learning import checkpoint, fine_tuning
from ..learning.callbacks import Interruption, StoppedError
from ..learning.export import add_scores
from ..learning.export.build import read_training
from ..learning.export.graph import Graph
from ..learning.nets import CharTagger, GivenWordTagger, SequenceClassifier, TransformerTagger
from ..learning.nets.parts import count_parameters
from ..learning.systems.schedule import make_schedule
from ..learning.systems.training import Training, silence_warnings
from .by_size import follow_card, follow_size
from .composition import check_arguments, given_settings, refused
from .epochs import EpochLog
from .trainer import log_settings, make_callbacks, make_trainer, outcome, waited_in_vain

log = logging.getLogger(__name__)
_WITH_MODEL_FILE = CharTagger | GivenWordTagger | SequenceClassifier  # what `tagger export` takes
_THREADS = torch.get_num_threads()  # before any run has set it


def print_parts(counts: dict[str, int]) -> None:
    """Print the number of parameters of each part of a net on stderr."""
    table = Table("part", "parameters", title="net")
    for name, n in counts.items():
        table.add_row(name, f"{n:,}")
    table.add_row("all", f"{sum(counts.values()):,}")
    Console(stderr=True).print(table)


def start(cfg: DictConfig) -> Path:
    """Set the seed and the number of threads, if the configuration says one; returns the run's folder.

    Raises UsageError for settings that constructors or torch refuse, and ModelError for a missing `resume`.
    """
    if cfg.resume and not Path(cfg.resume).is_file():
        raise ModelError(f"{cfg.resume}: expected a checkpoint to resume from, found no file; correct resume=")
    for name in ("net", "system"):
        check_arguments(name, instantiate(cfg[name]))
    optimizer, scheduler = instantiate(cfg.optimizer), instantiate(cfg.scheduler)
    with refused("optimizer"):
        tried = optimizer([torch.nn.Parameter(torch.zeros(1))])
    check_arguments("scheduler", scheduler)
    with refused("scheduler"):
        make_schedule(scheduler, tried, 10, "max")
    with refused(f"seed={cfg.seed}"):
        lightning.seed_everything(cfg.seed, verbose=False)
    with refused(f"threads={cfg.threads}"):
        if cfg.threads is not None:
            torch.set_num_threads(cfg.threads)
    return Path(cfg.resume).parent if cfg.resume else Path(cfg.run)


def choose_threads(net: nn.Module, available: int) -> int:
    """Torch's threads where no setting says them: one for a small net, else those available, and at most 4.

    The steps of a small net are so short that several threads gain little; on a busy machine they wait for each other.
    """
    above = sum(parameter.numel() for name, parameter in net.named_parameters() if not name.startswith("embedding."))
    return 1 if above < 1_000_000 else min(available, 4)


def load_origin(cfg: DictConfig, data: Any) -> checkpoint.Trained | None:
    """The trained net of `init`, if there is one; the data get what it knows of characters and tags."""
    if not cfg.init:
        if cfg.data.get("more_words") and not cfg.data.get("lexicon"):
            raise ModelError(
                "expected data.lexicon= or init=, whose lexicon the words of data.more_words= join, got neither; find "
                "one by tagger lexicon, or begin with a trained net, as by init=zh-base"
            )
        return None
    trained = fine_tuning.choose_standard(data, fine_tuning.load(cfg.init))
    fine_tuning.extend_vocabulary(data, trained)
    return trained


def make_net(cfg: DictConfig, data: Any, trained: checkpoint.Trained | None) -> Any:
    """The net of the configuration for the data, which begins from the trained one."""
    net = instantiate(cfg.net)(*data.fitted)
    if trained:
        given = given_settings()
        if fine_tuning.is_model_file(cfg.init):
            net = fine_tuning.take_architecture(net, trained, given=given)
        fine_tuning.init_from(net, trained, given=given)
    if data.vectors:
        net.load_pretrained(data.vectors, freeze=cfg.freeze_vectors)
    fine_tuning.freeze(net, cfg.freeze)
    if cfg.threads is None:
        torch.set_num_threads(choose_threads(net, _THREADS))
    return net


def make_system(cfg: DictConfig, data: Any, net: nn.Module, origin: checkpoint.Trained | None) -> Training[nn.Module]:
    """How the net learns; its checkpoints say what it began from."""
    corpus = data.corpus
    metadata = {"corpus": corpus.name, "licence": corpus.licence, "task": corpus.task}
    metadata |= {"name": cfg.name, "seed": cfg.seed}
    if origin:
        metadata["init"] = origin.metadata
        metadata["licence"] = join_licences(corpus.licence or UNKNOWN, licence_of(read_training(origin.metadata)))
    system: Training[nn.Module] = instantiate(cfg.system)(
        net,
        data,
        optimizer=instantiate(cfg.optimizer),
        scheduler=instantiate(cfg.scheduler),
        metadata=metadata,
        seed=cfg.seed,
        rates=cfg.rates,
        layer_decay=cfg.layer_decay,
        schedule_by=cfg.schedule_by,
    )
    return system


def is_exportable(net: nn.Module, cfg: DictConfig) -> bool:
    """Can the trained net become a model file? If not, the log says why, and the net is trained, scored and saved.

    What an own `publish` makes of it is not asked. Raises TaggerError instead where the command line says
    `export=true`, and for a teacher.
    """
    if not str(cfg.publish._target_).startswith("tagger."):
        return True
    error = find_obstacle(net)
    if error is None:
        return True
    if isinstance(net, TransformerTagger) or "export" in given_settings():
        raise error
    log.warning("no model file will be written: %s", error)
    return False


def find_obstacle(net: nn.Module) -> ModelError | ExportError | None:
    """What keeps a net from becoming a model file, or what else is published of a net that has none."""
    try:
        checkpoint.check_exportable(net)
        if isinstance(net, _WITH_MODEL_FILE):
            add_scores(net, Graph(rounded=False))
    except (ModelError, ExportError) as error:
        return error
    return None


def describe_stop(interrupted: Path, net: nn.Module) -> str:
    """How a run that was stopped is continued, and what becomes of its best epoch, if dev was scored."""
    lines = [f"stopped; run the same command with resume={interrupted} to continue"]
    best = interrupted.with_name("best.ckpt")
    if best.is_file():
        command = f"; a model file of it: tagger export {best} -o {best.with_name('model.onnx')}"
        lines.append(f"the best epoch so far is in {best}{command if has_model_file(net) else ''}")
    return "\n".join(lines)


def has_model_file(net: nn.Module) -> bool:
    """Does `tagger export` make a model file of such a net?"""
    return isinstance(net, _WITH_MODEL_FILE) and find_obstacle(net) is None


def train(cfg: DictConfig, *, data: Any = None, callbacks: Sequence[Callback] = ()) -> float:
    """One run; returns the best dev score. Its folder gets best.ckpt, last.ckpt, logs and what its task publishes.

    `data` is the data module of the configuration, for a caller that asks it something afterwards. `callbacks` come
    after those of the configuration.
    """
    silence_warnings()
    run = start(cfg)
    data = instantiate(cfg.data, seed=cfg.seed) if data is None else data
    data.prepare_data()
    data.setup()
    origin = load_origin(cfg, data)
    follow_size(cfg, data, new_head=origin is not None and fine_tuning.has_new_head(data, origin, given_settings()))
    follow_card(cfg, data)
    net = make_net(cfg, data, origin)
    exports = cfg.export and is_exportable(net, cfg)
    system = make_system(cfg, data, net, origin)
    system.monitor, system.mode = monitor, mode = cfg.monitor or system.monitor, cfg.mode or system.mode
    interruption, epochs = Interruption(run / "interrupted.ckpt"), EpochLog(monitor, mode)
    configured = make_callbacks(cfg, run, monitor=monitor, mode=mode)
    trainer = make_trainer(cfg, run, [*configured, *callbacks, epochs, interruption])
    if trainer.is_global_zero:
        print_parts(count_parameters(net))
        log_settings(trainer, cfg)
    beside = [instantiate(cfg.baseline)(data)] if cfg.get("baseline") and trainer.is_global_zero else []
    try:
        with interruption.listening():
            trainer.fit(system, data, ckpt_path=cfg.resume, weights_only=True)
    except StoppedError:
        print(describe_stop(interruption.path, net), file=sys.stderr)
        sys.exit(128 + (interruption.signal or 0))
    except MisconfigurationException as error:
        raise UsageError(f"trainer: {error}") from error
    path, score = outcome(trainer, monitor)
    if trainer.is_global_zero:
        shown = "no dev score" if math.isnan(score) else f"{monitor} {score:.4f}"
        print(f"{path or 'no checkpoint was saved'}: {shown}")
        if exports and path:
            instantiate(cfg.publish)(path, data)
        left = not cfg.export and has_model_file(net)
        closing = epochs.closing_lines(
            max_epochs=trainer.max_epochs if path else None,
            to_export=path if left else None,
            n_in_vain=waited_in_vain(trainer, monitor),
        )
        for line in (*closing, *beside):
            log.info(line)
    return score
