"""The languages of the settings: Care's pages, its letters and the wordings that it brings are in each of them."""

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.text import capfirst

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
# Each by its own name, so that whoever reads no other finds it.
LANGUAGE_CHOICES = [(code, capfirst(LANG_INFO[code]["name_local"])) for code in LANGUAGES]
