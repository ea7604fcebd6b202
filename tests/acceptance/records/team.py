"""The team: working days, trainings and reviews of quality."""

from datetime import timedelta

import numpy as np
import pandas as pd

from tests.acceptance.records.draw import Draw

# Agents who have no record of their own.
UNLISTED_AGENTS = ["T1", "T2"]


def working_days(draw: Draw, agents: pd.DataFrame) -> pd.DataFrame:
    """Returns the time of each agent on most days; on some an agent is absent, or works without being available.

    They begin a month after the tickets. The current day is not recorded yet, and later ones are planned.
    """
    zone = draw.scenario.zone
    today = draw.as_of.tz_convert(zone).date()
    first = draw.first.tz_convert(zone).date() + timedelta(days=31)
    rows = []
    for day in pd.date_range(first, today + timedelta(days=10), freq="D"):
        if day.date() == today:
            continue
        for agent in [*agents["agent_id"], *UNLISTED_AGENTS]:
            kind = draw.random.random()
            if kind < 0.4:
                continue
            available = 0 if kind < 0.5 else int(draw.random.integers(3600, 28800))
            handling = 0 if kind < 0.47 else int(draw.random.integers(0, 27000))
            rows.append((agent, day.date(), available, handling))
    return pd.DataFrame(rows, columns=["agent_id", "date", "available_seconds", "handling_seconds"])


def trainings(draw: Draw, agents: pd.DataFrame) -> pd.DataFrame:
    """Returns trainings, in some cases two of one agent on a day, and some of agents without a record."""
    number = draw.count(300)
    completed = draw.at_midnight(draw.moments(number), 20)
    agent = draw.pick([*agents["agent_id"], *UNLISTED_AGENTS], number)
    # Every tenth has a second part, an hour later.
    again = np.arange(0, number, 10)
    return pd.DataFrame(
        {
            "training_id": [f"F{position}" for position in range(number + len(again))],
            "agent_id": pd.concat([agent, agent.iloc[again]], ignore_index=True),
            "completed_at": pd.concat([completed, completed.iloc[again] + pd.Timedelta(hours=1)], ignore_index=True),
        }
    )


def quality_reviews(draw: Draw, interactions: pd.DataFrame, tickets: pd.DataFrame) -> pd.DataFrame:
    """Returns reviews of past interactions and tickets; some do not name the agent, and some have no result."""
    number = draw.count(900)
    of_interaction = interactions.iloc[draw.random.integers(0, len(interactions), number)].reset_index(drop=True)
    of_ticket = tickets.iloc[draw.random.integers(0, len(tickets), number)].reset_index(drop=True)
    is_of_ticket = draw.some(number, 0.4)
    is_of_nothing_known = ~is_of_ticket & draw.some(number, 0.02)
    agents = sorted(tickets["agent_id"].dropna().unique())
    happened = of_ticket["created_at"].where(is_of_ticket, of_interaction["occurred_at"])
    interaction = of_interaction["interaction_id"].where(~is_of_nothing_known, "nowhere")
    return pd.DataFrame(
        {
            "review_id": [f"Q{position}" for position in range(number)],
            "reviewed_at": draw.later(happened, 48),
            "interaction_id": interaction.where(~is_of_ticket, None),
            "ticket_id": of_ticket["ticket_id"].where(is_of_ticket, None),
            "agent_id": draw.pick([*agents, *UNLISTED_AGENTS], number).where(draw.some(number, 0.5), None),
            "errors": pd.Series(draw.random.poisson(0.6, number), dtype="Int64").where(draw.some(number, 0.97)),
        }
    )
