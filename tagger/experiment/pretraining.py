"""`python -m tagger.pretrain`: what raw text teaches, as one file to begin training with (`data.vectors=FILE`).

`pretrain=vectors`: vectors of characters and bigrams; `pretrain=lm`: a bidirectional language model that begins
with such a file and gives the tagger's first recurrent layer too. Text that shares a run of characters with a
held-out sentence is left out, and so are repeated lines. A run that was stopped goes on when it is started again.
"""

import hashlib
import logging
import shutil
from pathlib import Path

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from ..corpus.raw import RawText
from ..errors import CorpusError
from ..files.atomic import publishing

log = logging.getLogger(__name__)


def pretrain(cfg: DictConfig) -> None:
    """One run; what it has learnt so far lies beside its output until it is done. Raises CorpusError."""
    for path in cfg.held_out:
        if not Path(path).exists():
            raise CorpusError(
                f"{path}: expected a corpus to hold out, found none; give held_out=[FILE,…], or [] for none"
            )
    text = RawText.of(cfg.raw, cfg.held_out, overlap=cfg.overlap, encoding=cfg.encoding)
    output = Path(cfg.output)
    settings = OmegaConf.to_yaml(cfg, resolve=True, sort_keys=True)
    state = output.with_name(f"{output.name}.{hashlib.sha256(settings.encode()).hexdigest()[:8]}.state")
    state.mkdir(parents=True, exist_ok=True)
    learnt = instantiate(cfg.pretrain)(text, state)
    log.info(
        "%d lines of %d characters; %d repeated lines and %d that overlap held-out text left out",
        text.n_lines, text.n_chars, text.repeated, text.dropped,
    )  # fmt: skip
    with publishing(output) as temporary:
        learnt.save(temporary)
    shutil.rmtree(state)
    print(output)
