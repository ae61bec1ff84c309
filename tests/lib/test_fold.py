"""What a person types finds the name, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.lib.fold import fold

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  Tomás  ŁUKASZ ", "tomas lukasz"),
        ("Zoë Müller-Weiß", "zoe muller-weiss"),
        ("Søren Ægir Þór", "soren aegir thor"),
        ("İpek IŞIK", "ipek isik"),
        ("Nguyễn Thị Ánh", "nguyen thi anh"),
        ("Ὀδυσσεύς", "οδυσσευσ"),
        ("Михаил Йовков", "михаил иовков"),
        ("مُحَمَّد", "محمد"),
        ("山田 太郎", "山田 太郎"),
        ("がぎぐ", "がぎぐ"),
        ("김민준", "김민준"),
        ("O’Brien", "o'brien"),
        ("ﬁona", "fiona"),
        ("", ""),
    ],
)
def test_it_folds_names_of_many_scripts(written, folded):
    assert fold(written) == folded


def test_it_keeps_the_vowel_signs_of_hindi_and_thai():
    assert fold("किरण") == "किरण"
    assert fold("कुमार") == "कुमार"


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=80))
def test_capitals_make_no_difference_to_what_is_found(text):
    assert fold(text.casefold()) == fold(text)
