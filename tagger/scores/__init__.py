"""Figures of quality, from gold and found answers alone."""
