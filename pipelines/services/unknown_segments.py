"""Rules whose `where` names segments that the data does not have: such a rule watches nothing, and says so once."""

from collections.abc import Iterable

from pipelines.config import nearest
from pipelines.notify.translations import Subject
from pipelines.services.installation import Installation
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.warehouse import WarehouseError
from pipelines.warehouse.readings import segments_of
from pipelines.watch.rule import Rule

SUBJECT: Subject = "rule"


def record_unknown_segments(installation: Installation) -> list[str]:
    """Records which rules watch segments without any value, and which do so no more; returns the former in words.

    The operators are informed once a rule, and once more when all of its segments have had a value.
    """
    try:
        found = unknown_segments(installation)
    except WarehouseError:
        return []
    with installation.ledger() as ledger:
        recovered = [name for name in ledger.outages(SUBJECT) if name not in found]
    outcomes = [Outcome(SUBJECT, name, None) for name in recovered]
    record_outcomes(installation, [*outcomes, *(Outcome(SUBJECT, name, reason) for name, reason in found.items())])
    return [f"rule {name}: {reason}" for name, reason in found.items()]


def unknown_segments(installation: Installation) -> dict[str, str]:
    """Returns the rules that name segments without any value, each with what to do, in words.

    A KPI without any segment of the dimension says nothing: its source may not have been loaded yet.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    day = installation.now().date()
    restricted = [
        rule for rule in installation.settings().rules if rule.segments and rule.first_day <= day <= rule.last_day
    ]
    if not restricted:
        return {}
    wanted = {(rule.kpi, rule.segment_type) for rule in restricted}
    known = segments_of(installation.home.warehouse, sorted(wanted))
    reasons = ((rule.name, _reason(rule, known.get((rule.kpi, rule.segment_type), ()))) for rule in restricted)
    return {name: reason for name, reason in reasons if reason is not None}


def _reason(rule: Rule, known: Iterable[str]) -> str | None:
    """Why a rule watches less than it names, in words; None if it does not."""
    segments = sorted(known)
    missing = [segment for segment in rule.segments or () if segment not in segments]
    if not segments or not missing:
        return None
    near = dict.fromkeys(found for segment in missing if (found := nearest(segment, segments)) is not None)
    meant = f" (perhaps {', '.join(near)})" if near else ""
    return (
        f"{rule.kpi} has never had a value for {rule.segment_type} {', '.join(missing)}{meant}: correct where, or wait"
        " for the first value"
    )
