"""What composes `conf/` into an experiment: the only room that knows Hydra."""
