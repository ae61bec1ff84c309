"""Text of several lines is as long as the browser says."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from attentions.forms.acts import ApproveForm, DoneForm
from attentions.forms.gestures import GestureForm, RecordForm
from care.lib.lines import LinesField
from members.forms.custom_fields import CustomFieldForm
from members.forms.members import NoteForm

pytestmark = pytest.mark.once
FORMS = (ApproveForm, CustomFieldForm, DoneForm, GestureForm, NoteForm, RecordForm)


def test_a_line_break_counts_once_and_the_text_keeps_it():
    field = LinesField(max_length=5)
    assert field.clean("ab\r\ncd") == "ab\ncd"
    with pytest.raises(ValidationError):
        field.clean("ab\r\ncde")


@pytest.mark.parametrize("form", FORMS)
def test_a_text_that_the_browser_takes_is_taken(form):
    tall = [field for field in form.base_fields.values() if isinstance(field.widget, forms.Textarea)]
    assert tall
    for field in tall:
        text = "a\n" * (field.max_length // 2 - 1) + "bc"
        assert field.clean(text.replace("\n", "\r\n")) == text
