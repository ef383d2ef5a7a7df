"""Toys that follow the recipes of CONTRIBUTING.md from outside the package: see `tests/integration/test_recipes.py`."""
