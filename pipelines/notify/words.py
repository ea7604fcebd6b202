"""The words of messages in English and French.

French sentences avoid verbs that would have to agree with the KPI's name (`tombé`, `tombée`, `tombés`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.kpis import Grain
from pipelines.notify.forms import Language
from pipelines.watch.limit import Side

# French sets a no-break space before a colon and within guillemets.
_NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class SegmentNoun:
    """What a segment of some dimension is called, and one of which nothing is known."""

    noun: str
    unknown: str


@dataclass(frozen=True, slots=True)
class Words:
    """Every word of a message in one language; sentences are `str.format` templates."""

    colon: str
    quoted: str
    # Status words, with which a title opens.
    warn: str
    critical: str
    worsened: str
    eased: str
    resolved: str
    failed: str
    recovered: str
    # Titles, after the status word.
    title: str
    title_resolved: str
    # What happened.
    fell: str
    rose: str
    stands: str
    was: str
    back: str
    below: str
    above: str
    # Said instead, where a condition of rules has words of its own.
    bounds: Mapping[tuple[str, Side], str]
    now: str
    still: str
    before: Mapping[Grain, str]
    # Labels of the lines that follow.
    period: str
    since: str
    began: str
    lowest: str
    highest: str
    certainty: str
    action: str
    owner: str
    reason: str
    # Their values.
    out_of_bounds: str
    observations: tuple[str, str]
    interval: str
    # The pipeline's own failures.
    subjects: Mapping[str, str]
    failed_once: str
    failed_again: str
    works_again: str
    # Said of a message that a receiver may already have.
    repeated: str
    # Segments.
    in_channel: str
    segment: str
    segment_nouns: Mapping[str, SegmentNoun]
    unknown_of: str

    def bound_of(self, condition: str, side: Side) -> str:
        """The words for a value beyond the threshold of a condition of rules, a template for the threshold."""
        return self.bounds.get((condition, side), self.below if side == "below" else self.above)

    @property
    def status_words(self) -> tuple[str, ...]:
        """The words with which a title may open."""
        return (self.warn, self.critical, self.worsened, self.eased, self.resolved, self.failed, self.recovered)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels with which a line of text may open."""
        return (
            self.period,
            self.since,
            self.began,
            self.lowest,
            self.highest,
            self.certainty,
            self.action,
            self.owner,
            self.reason,
        )


ENGLISH = Words(
    colon=": ",
    quoted="“{}”",
    warn="Warning",
    critical="Critical",
    worsened="Now critical",
    eased="Eased to a warning",
    resolved="Resolved",
    failed="Failure",
    recovered="Recovered",
    title="{name} at {value}, {bound}",
    title_resolved="{name} back to {value} after {duration}",
    fell="{name} fell to {value}{was}, {bound}.",
    rose="{name} rose to {value}{was}, {bound}.",
    stands="{name}: {value}{was}, {bound}.",
    was=" (was {previous} {before})",
    back="{name} is back to {value}{was}, after {duration} {bound}.",
    below="below {}",
    above="above {}",
    bounds={},
    now="now {}",
    still="still {}",
    before={
        "day": "the day before",
        "week": "the week before",
        "month": "the month before",
        "quarter": "the quarter before",
        "year": "the year before",
    },
    period="Period",
    since="Since",
    began="Began",
    lowest="Lowest",
    highest="Highest",
    certainty="How sure",
    action="What to do",
    owner="Owner",
    reason="Reason",
    out_of_bounds="{period}, out of bounds for {duration}",
    observations=("{} observation", "{} observations"),
    interval="very likely between {low} and {high} ({confidence} confidence)",
    subjects={
        "source": "Source {}",
        "run": "Run {}",
        "export": "Export {}",
        "channel": "Channel {}",
    },
    failed_once="{subject} failed.",
    failed_again="{subject} failed {count} times in a row.",
    works_again="{subject} works again after {duration}.",
    repeated="May have arrived before",
    in_channel="{label} by {segment}",
    segment="{label} ({segment})",
    segment_nouns={
        "channel": SegmentNoun("", "unknown channel"),
        "agent": SegmentNoun("agent", "unknown agent"),
        "campaign": SegmentNoun("campaign", "unknown campaign"),
        "category": SegmentNoun("category", "unknown category"),
        "country": SegmentNoun("country", "unknown country"),
        "customer_segment": SegmentNoun("customer segment", "unknown customer segment"),
        "deal_type": SegmentNoun("deal type", "unknown deal type"),
        "entity": SegmentNoun("entity", "unknown entity"),
        "owner": SegmentNoun("owner", "unknown owner"),
        "priority": SegmentNoun("priority", "unknown priority"),
        "product_category": SegmentNoun("product category", "unknown product category"),
        "queue": SegmentNoun("queue", "unknown queue"),
        "source": SegmentNoun("source", "unknown source"),
        "team": SegmentNoun("team", "unknown team"),
    },
    unknown_of="unknown {}",
)

FRENCH = Words(
    colon=f"{_NBSP}: ",
    quoted=f"«{_NBSP}{{}}{_NBSP}»",
    warn="Alerte",
    critical="Critique",
    worsened="Devient critique",
    eased="Redevient une simple alerte",
    resolved="Résolu",
    failed="Échec",
    recovered="Rétabli",
    title="{name} à {value}, {bound}",
    title_resolved="{name} de retour à {value} après {duration}",
    fell=f"{{name}}{_NBSP}: baisse à {{value}}{{was}}, {{bound}}.",
    rose=f"{{name}}{_NBSP}: hausse à {{value}}{{was}}, {{bound}}.",
    stands=f"{{name}}{_NBSP}: {{value}}{{was}}, {{bound}}.",
    was=" (contre {previous} {before})",
    back=f"{{name}}{_NBSP}: retour à {{value}}{{was}}, après {{duration}} {{bound}}.",
    below="sous le seuil de {}",
    above="au-dessus du seuil de {}",
    bounds={},
    now="désormais {}",
    still="toujours {}",
    before={
        "day": "la veille",
        "week": "la semaine précédente",
        "month": "le mois précédent",
        "quarter": "le trimestre précédent",
        "year": "l'année précédente",
    },
    period="Période",
    since="Depuis",
    began="Début",
    lowest="Au plus bas",
    highest="Au plus haut",
    certainty="Fiabilité",
    action="À faire",
    owner="Responsable",
    reason="Motif",
    out_of_bounds="{period}, {duration} hors limites",
    observations=("{} observation", "{} observations"),
    interval="très probablement entre {low} et {high} (confiance de {confidence})",
    subjects={
        "source": "La source {}",
        "run": "L'exécution {}",
        "export": "L'export {}",
        "channel": "Le canal {}",
    },
    failed_once="{subject} a échoué.",
    failed_again="{subject} a échoué {count} fois de suite.",
    works_again="{subject} fonctionne de nouveau, après {duration}.",
    repeated="Peut-être déjà reçu",
    in_channel="{label} par {segment}",
    segment="{label} ({segment})",
    segment_nouns={
        "channel": SegmentNoun("", "canal inconnu"),
        "agent": SegmentNoun("agent", "agent inconnu"),
        "campaign": SegmentNoun("campagne", "campagne inconnue"),
        "category": SegmentNoun("catégorie", "catégorie inconnue"),
        "country": SegmentNoun("pays", "pays inconnu"),
        "customer_segment": SegmentNoun("segment de clientèle", "segment de clientèle inconnu"),
        "deal_type": SegmentNoun("type d'affaire", "type d'affaire inconnu"),
        "entity": SegmentNoun("entité", "entité inconnue"),
        "owner": SegmentNoun("responsable", "responsable inconnu"),
        "priority": SegmentNoun("priorité", "priorité inconnue"),
        "product_category": SegmentNoun("catégorie de produits", "catégorie de produits inconnue"),
        "queue": SegmentNoun("file d'attente", "file d'attente inconnue"),
        "source": SegmentNoun("source", "source inconnue"),
        "team": SegmentNoun("équipe", "équipe inconnue"),
    },
    unknown_of="{} inconnu",
)

WORDS: Mapping[Language, Words] = {"en": ENGLISH, "fr": FRENCH}
