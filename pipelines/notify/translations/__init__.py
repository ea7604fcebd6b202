"""The texts of messages by language; one module a language."""

from collections.abc import Mapping

from pipelines.kpis.formatting import Language
from pipelines.notify.translations.en import ENGLISH
from pipelines.notify.translations.fr import FRENCH
from pipelines.notify.translations.translation import Subject, Translation

TRANSLATIONS: Mapping[Language, Translation] = {"en": ENGLISH, "fr": FRENCH}

__all__ = ["TRANSLATIONS", "Subject", "Translation"]
