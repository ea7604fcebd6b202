"""Satisfaction, recommendation and effort from survey answers."""

import numpy as np
import pandas as pd

from tests.acceptance.oracle.core import Calculation


def known_answers(calculation: Calculation) -> pd.DataFrame | None:
    """Returns each answer of a score on its scale, as it was given last; `positive` is whether it is satisfied."""
    answers = calculation.get("survey_response", "answered_at")
    if answers is None:
        return None
    answers = answers[answers["score"].notna()]
    answers = answers[answers["score"].between(answers["scale_min"], answers["scale_max"])]
    answers = answers.sort_values("answered_at").drop_duplicates("response_id", keep="last").reset_index(drop=True)
    # The top of the scale: 4 and 5 of 5, 8 to 10 of 10, 'good' of good and bad.
    top = answers["scale_max"].astype(float).map({5.0: 4.0, 10.0: 8.0, 1.0: 1.0})
    answers["positive"] = answers["score"].astype(float) >= top
    return answers


def add_rows(calculation: Calculation) -> None:
    """Adds csat, nps and ces."""
    answers = known_answers(calculation)
    if answers is None:
        return
    teams = calculation.frames["agent"].set_index("agent_id")["team"]
    answers["agent"] = answers["agent_id"]
    answers["team"] = teams.reindex(answers["agent_id"]).to_numpy()
    answers[["country", "customer_segment"]] = calculation.customer_segments(answers["customer_id"])
    score = answers["score"].astype(float)
    low, high = answers["scale_min"].astype(float), answers["scale_max"].astype(float)
    answers["balance"] = np.select([score >= 9, score <= 6], [100.0, -100.0], 0.0)
    answers["effort"] = (score - low) / (high - low) * 7
    answers["one"] = 1
    for kpi, column in (("csat", "positive"), ("nps", "balance"), ("ces", "effort")):
        of_kind = answers[answers["kind"] == kpi]
        calculation.emit_ratios(of_kind, calculation.days(of_kind["answered_at"]), {kpi: (column, "one")})
