"""Which KPIs a person may mean by words that are no name of one."""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from pipelines.kpis.kpi import Kpi

_MOST = 3


def kpis_like(text: str, kpis: Iterable[Kpi]) -> tuple[str, ...]:
    """Returns the names of the KPIs whose label, English or French, has all words of `text`, or is much like it.

    The label that has least beside the words comes first. Case, accents and punctuation do not matter.
    """
    wanted = _words(text)
    if not wanted:
        return ()
    labels = [(" ".join(_words(label)), kpi.name) for kpi in kpis for label in (kpi.label_en, kpi.label_fr)]
    found = [(len(label), name) for label, name in labels if set(wanted) <= set(label.split())]
    if found:
        return tuple(dict.fromkeys(name for _, name in sorted(found, key=lambda each: each[0])))[:_MOST]
    near = get_close_matches(" ".join(wanted), [label for label, _ in labels], n=_MOST, cutoff=0.75)
    return tuple(dict.fromkeys(name for like in near for label, name in labels if label == like))[:_MOST]


def _words(text: str) -> list[str]:
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(mark))
    return "".join(mark if mark.isalnum() else " " for mark in plain).split()
