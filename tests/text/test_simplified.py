"""The table of traditional and variant characters: OpenCC's, and folded to one simplified form each."""

import simplified

from tagger.text.characters import AMBIGUOUS, SIMPLIFIED, folding


def test_the_table_is_what_the_script_makes() -> None:
    assert SIMPLIFIED.read_text(encoding="utf-8") == simplified.table()


def test_folding_ends_at_a_character_that_is_not_folded() -> None:
    assert not folding().keys() & set(folding().values())


def test_forms_of_taiwan_and_hong_kong_have_one_simplified_form() -> None:
    fold = folding()
    for forms, wanted in (("裏裡", "里"), ("羣", "群"), ("綫線", "线"), ("後", "后"), ("麼", "么"), ("臺", "台")):
        assert {form.translate(fold) for form in forms} == {wanted}
    assert AMBIGUOUS.translate(fold) == AMBIGUOUS
