"""`python tests/simplified.py > tagger/text/simplified.txt`: the table of traditional and variant characters.

The facts are OpenCC's (Apache-2.0, the package `opencc`): what its conversions from traditional characters, as written
in Taiwan, Hong Kong and elsewhere, make of each single character.
"""

from collections import defaultdict

import opencc

HAN = (range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x32000))
CONVERSIONS = ("t2s", "tw2s", "hk2s")
FINAL = "么"  # the simplified form of 麼, which OpenCC also reads as a traditional form of 幺


def simplified() -> dict[str, str]:
    """The simplified character of every traditional or variant one."""
    converters = [opencc.OpenCC(name) for name in CONVERSIONS]

    def convert(char: str) -> str:
        answers = (converter.convert(char) for converter in converters if char not in FINAL)
        return next((answer for answer in answers if answer != char and len(answer) == 1), char)

    pairs = {}
    for char in (chr(code) for part in HAN for code in part):
        target = convert(char)
        while (further := convert(target)) not in (target, char):
            target = further
        if target != char:
            pairs[char] = target
    return pairs


def table() -> str:
    """A line per simplified character: itself, then its traditional and variant forms."""
    forms = defaultdict(list)
    for char, target in simplified().items():
        forms[target].append(char)
    return "".join(f"{target}{''.join(sorted(forms[target]))}\n" for target in sorted(forms))


if __name__ == "__main__":
    print(table(), end="")
