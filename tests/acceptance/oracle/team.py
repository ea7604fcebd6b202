"""The team: productivity, time of work, occupancy, trainings, errors, and the satisfaction of employees."""

from datetime import timedelta

import pandas as pd

from tests.acceptance.oracle.core import Calculation
from tests.acceptance.oracle.definitions import TICKET_SEGMENTS
from tests.acceptance.oracle.satisfaction import known_answers
from tests.acceptance.oracle.support import real_tickets, without_spam

_SIDE = timedelta(days=28)


def add_rows(calculation: Calculation) -> None:
    """Adds the KPIs of the team."""
    teams = None if "agent" not in calculation.frames else calculation.frames["agent"].set_index("agent_id")["team"]
    if teams is None:
        return
    _work(calculation, teams)
    _handling(calculation)
    _trainings(calculation, teams)
    _reviews(calculation, teams)
    _employees(calculation, teams)


def _teams_of(agents: pd.Series, teams: pd.Series) -> pd.Series:
    return pd.Series(teams.reindex(agents).to_numpy(), index=agents.index, dtype=object)


def _resolved(calculation: Calculation) -> pd.DataFrame:
    tickets = real_tickets(calculation)
    assert tickets is not None
    resolved = tickets[tickets["resolved_at"].notna()].reset_index(drop=True)
    return resolved.assign(day=calculation.days(resolved["resolved_at"]))


def _work(calculation: Calculation, teams: pd.Series) -> None:
    """Adds agent_occupancy, and agent_productivity: the resolved tickets by the agents who were at work."""
    today = calculation.as_of.tz_convert(calculation.zone).date()
    days = calculation.frames["agent_time"]
    days = days[days["date"] <= today].reset_index(drop=True)
    days["agent"] = days["agent_id"]
    days["team"] = _teams_of(days["agent_id"], teams)
    calculation.emit_ratios(
        days, days["date"], {"agent_occupancy": ("handling_seconds", "available_seconds")}, ("team", "agent")
    )
    at_work = days[days["available_seconds"] + days["handling_seconds"] > 0]
    both = pd.concat(
        [
            at_work.assign(day=at_work["date"], worker=at_work["agent_id"], cases=0)[
                ["day", "team", "agent", "worker", "cases"]
            ],
            _resolved(calculation).assign(worker=None, cases=1)[["day", "team", "agent", "worker", "cases"]],
        ],
        ignore_index=True,
    )
    calculation.emit_ratios(both, both["day"], {"agent_productivity": ("cases", "distinct worker")}, ("team", "agent"))


def _handling(calculation: Calculation) -> None:
    """Adds handling_time: all known work on a resolved ticket; tickets of which none is known do not count."""
    interactions = calculation.get("interaction", "occurred_at")
    assert interactions is not None
    known = interactions[interactions["handling_seconds"].notna()]
    work = known.groupby("ticket_id")["handling_seconds"].sum()
    resolved = _resolved(calculation)
    resolved["work"] = work.reindex(resolved["ticket_id"]).to_numpy()
    resolved = resolved[resolved["work"].notna()].reset_index(drop=True)
    calculation.emit_ratios(resolved, resolved["day"], {"handling_time": ("work", "one")}, TICKET_SEGMENTS)


def _trainings(calculation: Calculation, teams: pd.Series) -> None:
    """Adds training_effectiveness: an agent who completed several trainings on a day was trained once."""
    trainings = calculation.get("training", "completed_at")
    answers = known_answers(calculation)
    assert trainings is not None
    assert answers is not None
    trainings["day"] = calculation.days(trainings["completed_at"])
    answers = answers[(answers["kind"] == "csat") & answers["agent_id"].notna()]
    answers = answers.assign(day=calculation.days(answers["answered_at"]))
    by_agent = dict(list(answers.groupby("agent_id")))
    rows = []
    for agent, day in sorted(set(zip(trainings["agent_id"], trainings["day"], strict=True))):
        of_agent = by_agent.get(agent)
        if of_agent is None:
            continue
        before = of_agent.loc[(of_agent["day"] >= day - _SIDE) & (of_agent["day"] < day), "positive"]
        after = of_agent.loc[(of_agent["day"] >= day) & (of_agent["day"] < day + _SIDE), "positive"]
        if len(before) and len(after):
            rows.append((day, agent, after.mean() - before.mean(), 1))
    fact = pd.DataFrame(rows, columns=["day", "agent_id", "change", "one"])
    fact["team"] = _teams_of(fact["agent_id"], teams)
    calculation.emit_ratios(
        fact, fact["day"], {"training_effectiveness": ("change", "one")}, ("team",), maturity_days=28
    )


def _reviews(calculation: Calculation, teams: pd.Series) -> None:
    """Adds errors_per_interaction: a review is of its agent, else of that of its interaction, else of its ticket's."""
    reviews = calculation.get("quality_review", "reviewed_at")
    assert reviews is not None
    interactions = calculation.frames["interaction"].set_index("interaction_id")
    real = real_tickets(calculation)
    assert real is not None
    reviews = reviews[reviews["errors"].notna()].reset_index(drop=True)
    of_interaction = interactions.reindex(reviews["interaction_id"]).reset_index(drop=True)
    ticket_id = reviews["ticket_id"].fillna(of_interaction["ticket_id"])
    ticket = real.set_index("ticket_id").reindex(ticket_id).reset_index(drop=True)
    agent = reviews["agent_id"].fillna(of_interaction["agent_id"]).fillna(ticket["agent_id"])
    fact = reviews.assign(agent=agent, team=_teams_of(agent, teams).fillna(ticket["team"]), one=1)
    fact = fact[without_spam(calculation, ticket_id)].reset_index(drop=True)
    calculation.emit_ratios(
        fact, calculation.days(fact["reviewed_at"]), {"errors_per_interaction": ("errors", "one")}, ("team", "agent")
    )


def _employees(calculation: Calculation, teams: pd.Series) -> None:
    """Adds employee_satisfaction_rate: the latest answer of each employee in a period; who gives no name is another."""
    answers = known_answers(calculation)
    assert answers is not None
    answers = answers[answers["kind"] == "employee"].sort_values("answered_at").reset_index(drop=True)
    answers["who"] = answers["agent_id"].fillna("answer " + answers["response_id"])
    answers["team"] = _teams_of(answers["agent_id"], teams)
    for grain, segment_type, groups in calculation.groups(answers, calculation.days(answers["answered_at"]), ("team",)):
        rows = []
        for (start, segment), group in groups:
            latest = group.drop_duplicates("who", keep="last")
            rows.append((start, segment, float(latest["positive"].sum()), float(len(latest))))
        table = pd.DataFrame(rows, columns=["period_start", "segment", "numerator", "denominator"])
        calculation.emit(table, "employee_satisfaction_rate", grain, segment_type)
