"""The full stop after the number of a list item that begins with a date: "1.2019年工作总结", "2.3月15日".

No decimal number stands before 年 or 月…日 like that, so the full stop is a word of its own.
"""

import re

_DIGIT = "[0-9０-９]"
_YEAR = f"(?:[1１][89８９]|[2２][0０]){_DIGIT}{{2}}"
# A date that begins with a year, or with a month and a day. "1.2019年均" may be an average over years.
DATE = f"(?:{_YEAR}(?:[-—–~～至到]{_YEAR})?(?:年(?!均)|学年|學年|届|屆|级|級)|{_DIGIT}{{1,2}}月{_DIGIT}{{1,2}}[日号號])"
FULL_STOP = f"[.．](?={DATE})"
# What stands before the full stop: "1", "12", or "2.1", and no version or other number before it.
NUMBER = f"(?:^|[^0-9０-９A-Za-z.．]){_DIGIT}{{1,3}}(?:[.．]{_DIGIT}{{1,2}}){{0,2}}"
_LONGEST = 10  # characters that NUMBER looks at

_FULL_STOP, _NUMBER = re.compile(FULL_STOP), re.compile(NUMBER + r"\Z")


def list_stops(text: str) -> list[int]:
    """The places of the full stops after numbers of list items that begin with a date."""
    places = (match.start() for match in _FULL_STOP.finditer(text))
    return [place for place in places if _NUMBER.search(text[max(0, place - _LONGEST) : place])]
