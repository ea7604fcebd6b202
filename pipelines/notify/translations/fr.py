"""French messages.

Sentences avoid verbs that would have to agree with the KPI's name (`tombé`, `tombée`, `tombés`).
"""

from pipelines.kpis.dimensions import SEGMENT_NOUNS
from pipelines.kpis.words import label
from pipelines.notify.translations.translation import Translation

# French puts a no-break space before a colon and inside guillemets.
_NBSP = "\u00a0"

FRENCH = Translation(
    colon=label("colon", "fr"),
    quoted=f"«{_NBSP}{{}}{_NBSP}»",
    label_warn=label("severity_warn", "fr"),
    label_critical=label("severity_critical", "fr"),
    label_worsened="Devient critique",
    label_eased="Repasse en avertissement",
    label_resolved="Résolu",
    label_failed="Échec",
    label_recovered="Rétabli",
    title="{name} à {value}, {threshold}",
    title_resolved="{name} de retour à {value} après {duration}",
    fell=f"{{name}}{_NBSP}: baisse à {{value}}{{compared}}, {{threshold}}.",
    rose=f"{{name}}{_NBSP}: hausse à {{value}}{{compared}}, {{threshold}}.",
    steady=f"{{name}}{_NBSP}: {{value}}{{compared}}, {{threshold}}.",
    compared=" (contre {previous} {before})",
    back_to_normal=f"{{name}}{_NBSP}: retour à {{value}}{{compared}}, après {{duration}} {{threshold}}.",
    below="sous le seuil de {}",
    above="au-dessus du seuil de {}",
    now="désormais {}",
    still="toujours {}",
    before={
        "day": "la veille",
        "week": "la semaine précédente",
        "month": "le mois précédent",
        "quarter": "le trimestre précédent",
        "year": "l'année précédente",
    },
    period=label("period", "fr"),
    since=label("since", "fr"),
    began="Début",
    lowest="Au plus bas",
    highest="Au plus haut",
    confidence="Fiabilité",
    sample="Calculé sur",
    action="À faire",
    owner="Responsable",
    reason=label("reason", "fr"),
    reason_in_english="Motif (en anglais)",
    out_of_bounds="{period}, {duration} hors limites",
    observations=("{} observation", "{} observations"),
    interval="très probablement entre {low} et {high} (niveau de confiance de {confidence})",
    drivers="Ce qui a joué depuis {before}",
    driver=f"{{segment}}{_NBSP}: {{effect}}, car {{reason}} de {{earlier}} à {{later}}",
    driver_of_sum=f"{{segment}}{_NBSP}: {{effect}}, de {{earlier}} à {{later}}",
    # A passage from one value to another says by itself which way it went.
    driver_reasons={
        ("rate", False): "son propre taux est passé",
        ("rate", True): "son propre taux est passé",
        ("value", False): "sa propre valeur est passée",
        ("value", True): "sa propre valeur est passée",
        ("share", False): "sa part est passée",
        ("share", True): "sa part est passée",
    },
    subjects={
        "source": "La source {}",
        "run": "Le traitement {}",
        "export": "L'export {}",
        "channel": "Le canal {}",
        "conversion": "La conversion de {}",
    },
    failed_once="{subject} a échoué.",
    failed_again="{subject} a échoué {count} fois de suite.",
    recovered="{subject} fonctionne de nouveau, après {duration}.",
    label_test="Test",
    test_headline="le canal {name} fonctionne",
    test_lead="Essai du canal {name} par {company}. Il n'y a rien à faire.",
    may_be_repeated="Peut-être déjà reçu",
    in_channel="{label} sur le {segment}",
    segment="{label} ({segment})",
    segment_nouns=SEGMENT_NOUNS["fr"],
    unknown_of="{} inconnu",
)
