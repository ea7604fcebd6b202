"""What the samples of KPIs consist of, in English and French: 28 answers, 40 sales."""

from collections.abc import Mapping

from pipelines.kpis.formatting import Language, format_count, plural

# One and several, by the name that the definition of a KPI has under `sample_of`.
NOUNS: Mapping[str, Mapping[Language, tuple[str, str]]] = {
    "": {"en": ("observation", "observations"), "fr": ("observation", "observations")},
    "agents": {"en": ("agent", "agents"), "fr": ("agent", "agents")},
    "answers": {"en": ("answer", "answers"), "fr": ("réponse", "réponses")},
    "calls": {"en": ("call", "calls"), "fr": ("appel", "appels")},
    "customers": {"en": ("customer", "customers"), "fr": ("client", "clients")},
    "deals": {"en": ("deal", "deals"), "fr": ("affaire", "affaires")},
    "emails": {"en": ("e-mail", "e-mails"), "fr": ("e-mail", "e-mails")},
    "employees": {"en": ("employee", "employees"), "fr": ("salarié", "salariés")},
    "impressions": {"en": ("impression", "impressions"), "fr": ("impression", "impressions")},
    "interactions": {"en": ("interaction", "interactions"), "fr": ("interaction", "interactions")},
    "leads": {"en": ("lead", "leads"), "fr": ("prospect", "prospects")},
    "people": {"en": ("person", "people"), "fr": ("personne", "personnes")},
    "records": {"en": ("record", "records"), "fr": ("enregistrement", "enregistrements")},
    "sales": {"en": ("sale", "sales"), "fr": ("vente", "ventes")},
    "tickets": {"en": ("ticket", "tickets"), "fr": ("ticket", "tickets")},
    "trainings": {"en": ("training", "trainings"), "fr": ("formation", "formations")},
    "visitors": {"en": ("visitor", "visitors"), "fr": ("visiteur", "visiteurs")},
}


def format_sample(size: int, noun: str, language: Language) -> str:
    """Returns the size of a sample with what it consists of: `28 answers`, `1 240 réponses`."""
    return f"{format_count(size, language)} {plural(size, *NOUNS[noun][language], language)}"
