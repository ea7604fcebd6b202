"""What families of KPIs and the dimensions of segments are called, in English and French."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.kpis.formatting import Language

_FAMILIES_FR: Mapping[str, str] = {
    "satisfaction": "satisfaction",
    "loyalty": "fidélité",
    "support": "support",
    "sales": "ventes",
    "marketing": "marketing",
    "customer value": "valeur client",
    "team": "équipe",
    "data quality": "qualité des données",
}


@dataclass(frozen=True, slots=True)
class SegmentNoun:
    """What a segment of a dimension is called; `unknown` names the segment of rows without a value."""

    noun: str
    unknown: str


SEGMENT_NOUNS: Mapping[Language, Mapping[str, SegmentNoun]] = {
    "en": {
        "channel": SegmentNoun("channel", "unknown channel"),
        "agent": SegmentNoun("agent", "unknown agent"),
        "arm": SegmentNoun("arm", "unknown arm"),
        "campaign": SegmentNoun("campaign", "unknown campaign"),
        "category": SegmentNoun("category", "unknown category"),
        "country": SegmentNoun("country", "unknown country"),
        "counted_from": SegmentNoun("counted from", "counted from unknown"),
        "customer_segment": SegmentNoun("customer segment", "unknown customer segment"),
        "deal_type": SegmentNoun("deal type", "unknown deal type"),
        "entity": SegmentNoun("entity", "unknown entity"),
        "model": SegmentNoun("model", "unknown model"),
        "owner": SegmentNoun("owner", "unknown owner"),
        "priority": SegmentNoun("priority", "unknown priority"),
        "product_category": SegmentNoun("product category", "unknown product category"),
        "queue": SegmentNoun("queue", "unknown queue"),
        "rfm": SegmentNoun("RFM segment", "unknown RFM segment"),
        "source": SegmentNoun("source", "unknown source"),
        "team": SegmentNoun("team", "unknown team"),
    },
    "fr": {
        "channel": SegmentNoun("canal", "canal inconnu"),
        "agent": SegmentNoun("agent", "agent inconnu"),
        "arm": SegmentNoun("groupe du test", "groupe du test inconnu"),
        "campaign": SegmentNoun("campagne", "campagne inconnue"),
        "category": SegmentNoun("catégorie", "catégorie inconnue"),
        "country": SegmentNoun("pays", "pays inconnu"),
        "counted_from": SegmentNoun("compté d'après", "comptage inconnu"),
        "customer_segment": SegmentNoun("segment de clientèle", "segment de clientèle inconnu"),
        "deal_type": SegmentNoun("type d'affaire", "type d'affaire inconnu"),
        "entity": SegmentNoun("entité", "entité inconnue"),
        "model": SegmentNoun("modèle", "modèle inconnu"),
        "owner": SegmentNoun("responsable", "responsable inconnu"),
        "priority": SegmentNoun("priorité", "priorité inconnue"),
        "product_category": SegmentNoun("catégorie de produits", "catégorie de produits inconnue"),
        "queue": SegmentNoun("file d'attente", "file d'attente inconnue"),
        "rfm": SegmentNoun("segment RFM", "segment RFM inconnu"),
        "source": SegmentNoun("source", "source inconnue"),
        "team": SegmentNoun("équipe", "équipe inconnue"),
    },
}


def family_label(family: str, language: str) -> str:
    """Returns the name of a family for a reader of `language` (`fr`, else English)."""
    return _FAMILIES_FR.get(family, family) if language == "fr" else family


def dimension_label(segment_type: str, language: str) -> str:
    """Returns the name of a dimension for a reader of `language`; one of the operator's own keeps its name."""
    known = SEGMENT_NOUNS["fr" if language == "fr" else "en"].get(segment_type)
    return known.noun if known else segment_type.replace("_", " ")


def unknown_label(segment_type: str, language: str) -> str:
    """Returns the name of the segment of rows without a value: `unknown channel`, `canal inconnu`."""
    known = SEGMENT_NOUNS["fr" if language == "fr" else "en"].get(segment_type)
    if known:
        return known.unknown
    noun = dimension_label(segment_type, language)
    return f"{noun} inconnu" if language == "fr" else f"unknown {noun}"
