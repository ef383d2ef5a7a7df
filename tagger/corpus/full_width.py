"""Marks of corpora that an input method has typed in full width: `＿` for `_`, `／` for `/`."""

WIDE = {"_": "\uff3f", "/": "\uff0f"}
NO_TAG = ("", "_", WIDE["_"])  # cells without a tag


def token_hint(token: str, mark: str) -> str:
    """What to do about a token whose word and tag a full-width form of the mark parts; empty for any other token."""
    form, wide, pos = token.rpartition(WIDE[mark])
    is_wide = form and pos and mark not in token
    return f": its {wide} is full-width; write {form}{mark}{pos}, and so in all words" if is_wide else ""


def cell_hint(cell: str) -> str:
    """What a cell without a tag holds, where that is a full-width `_`; empty for any other cell."""
    return ", a full-width _, which is no tag" if cell == WIDE["_"] else ""
