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
    conditions={
        ("stale", "above"): "au-delà des {} admis",
        ("baseline", "below"): "sous la fourchette habituelle, qui commence à {}",
        ("baseline", "above"): "au-dessus de la fourchette habituelle, qui s'arrête à {}",
        ("band", "below"): "sous la référence de {}",
        ("band", "above"): "au-dessus de la référence de {}",
        ("target", "below"): "sous l'objectif de {}",
        ("target", "above"): "au-dessus de l'objectif de {}",
        ("target_share", "below"): "sous {}, le minimum que permet l'objectif",
        ("target_share", "above"): "au-dessus de {}, le maximum que permet l'objectif",
        ("change", "below"): "sous le seuil de {} que laisse la baisse admise",
        ("change", "above"): "au-dessus du seuil de {} que permet la hausse admise",
    },
    resolutions={
        "stale": (
            "{name} de nouveau à {value} après {duration}",
            f"De nouvelles données sont arrivées. {{name}}{_NBSP}: {{value}}{{compared}}, après {{duration}}"
            " {threshold}.",
        ),
        "change": (
            "{name} de nouveau stable à {value} après {duration}",
            f"{{name}}{_NBSP}: de nouveau stable à {{value}}{{compared}}, après {{duration}} {{threshold}}.",
        ),
    },
)
