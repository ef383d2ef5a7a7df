"""The reference of Python: the public names of the package, which mkdocstrings describes from their docstrings."""

import tagger


def names_page() -> str:
    """A page with the functions, the classes and the errors of `tagger`, in the notation of mkdocstrings."""
    groups: dict[str, list[str]] = {"Functions": [], "Classes": [], "Errors": []}
    for name in sorted(set(tagger.__all__) - {"__version__"}):
        kind = "Errors" if name.endswith("Error") else "Classes" if name[0].isupper() else "Functions"
        groups[kind].append(name)
    parts = ["# Python", "`import tagger` gives these names."]
    for kind, names in groups.items():
        parts += [f"## {kind}", *(f"::: tagger.{name}" for name in names)]
    return "\n\n".join(parts) + "\n"
