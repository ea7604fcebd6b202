"""Tickets, calls, survey answers and interactions."""

import numpy as np
import pandas as pd

from tests.acceptance.records.draw import SUPPORT_CHANNELS, Draw, no_moments

CATEGORIES = ["billing", "delivery", "fault", None]
PRIORITIES = ["low", "normal", "high", "urgent", None]
QUEUES = ["support", "sales", None]
EXCLUDED_STATUSES = ["spam", "test", "merged", "deleted"]
SURVEY_SCALES = [(1, 5), (0, 10), (0, 5), (0, 1)]
EFFORT_SCALES = [(0, 7), (1, 7), (1, 5)]


def tickets(draw: Draw, customers: pd.DataFrame, agents: pd.DataFrame) -> pd.DataFrame:
    """Returns tickets of every state, some without an agent, a team or a first response."""
    number = draw.count(2000)
    teams = agents.set_index("agent_id")["team"]
    zone = draw.scenario.helpdesk_timezone
    created = draw.unambiguous(draw.at_midnight(draw.moments(number), 30), zone)
    automated = draw.some(number, 0.15)
    solved = draw.some(number, 0.85)
    agent = draw.pick([*teams.index, None], number).where(~automated, None)
    team = teams.reindex(agent).reset_index(drop=True).astype(object)
    has_no_agent = agent.isna().to_numpy()
    team = team.where(~has_no_agent, draw.pick(["first line", "second line", None], number))
    first_reply = draw.unambiguous(draw.later(created, 6), zone)
    replied = ~automated & (solved | draw.some(number, 0.6))
    resolved = draw.unambiguous(draw.later(first_reply, 60), zone)
    closed = draw.unambiguous(resolved + pd.Timedelta(days=4), zone)
    never = no_moments(created)
    reopened = draw.pick([0, 1, 2], number, [0.85, 0.1, 0.05]).astype(int)
    replies = pd.Series(draw.random.integers(1, 5, number)).where(~automated, 0)
    is_open_again = solved & draw.some(number, 0.03)
    status = pd.Series(np.where(solved & ~is_open_again, "closed", "open"), dtype=object)
    is_excluded = draw.some(number, 0.06)
    status = status.where(~is_excluded, draw.pick(EXCLUDED_STATUSES, number))
    sla = draw.pick([True, False, None], number, [0.65, 0.2, 0.15])
    return pd.DataFrame(
        {
            "ticket_id": [str(100000 + position) for position in range(number)],
            "created_at": created,
            "customer_id": draw.pick([*customers["customer_id"], None], number),
            "channel": draw.pick(SUPPORT_CHANNELS, number, [0.35, 0.25, 0.2, 0.15, 0.05]),
            "priority": draw.pick(PRIORITIES, number),
            "category": draw.pick(CATEGORIES, number),
            "team": team,
            "agent_id": agent,
            "first_response_at": first_reply.where(replied, never),
            "resolved_at": resolved.where(solved, never),
            "closed_at": closed.where(solved, never),
            "status": status,
            "reopen_count": reopened.where(solved, 0),
            "reassignment_count": draw.pick([0, 1, 3], number, [0.8, 0.15, 0.05]).astype(int),
            "agent_reply_count": replies.where(replied, 0).astype(int),
            "interaction_count": replies.where(replied, 0).astype(int) + draw.random.integers(1, 5, number),
            "is_automated": automated,
            "sla_met": sla,
        }
    )


def calls(draw: Draw) -> pd.DataFrame:
    """Returns inbound and outbound calls, some of them abandoned."""
    number = draw.count(1500)
    started = draw.at_midnight(draw.moments(number), 20)
    abandoned = draw.some(number, 0.12)
    ended = draw.later(started, 0.1, 0.9)
    answered = (started + pd.Timedelta(seconds=20)).where(~abandoned, no_moments(started))
    return pd.DataFrame(
        {
            "call_id": [f"K{position}" for position in range(number)],
            "started_at": started,
            "direction": draw.pick(["inbound", "outbound"], number, [0.75, 0.25]),
            "answered_at": answered,
            "ended_at": ended + pd.Timedelta(seconds=30),
            "is_abandoned": abandoned,
            "queue": draw.pick(QUEUES, number, [0.6, 0.3, 0.1]),
        }
    )


def survey_responses(draw: Draw, customers: pd.DataFrame, agents: pd.DataFrame, tickets: pd.DataFrame) -> pd.DataFrame:
    """Returns answers of all kinds and scales; some are off the scale, empty, or given a second time."""
    number = draw.count(2000)
    agent_ids = list(agents["agent_id"])
    is_excluded = tickets["status"].isin(EXCLUDED_STATUSES)
    usable = tickets[~is_excluded & tickets["resolved_at"].notna()]
    usable = usable[usable["agent_id"].notna()].sample(frac=1, random_state=draw.scenario.seed)
    rows = []
    answered = draw.at_midnight(draw.moments(number), 20)
    for position in range(number):
        kind = str(draw.random.choice(["csat", "nps", "ces", "employee"], p=[0.5, 0.25, 0.2, 0.05]))
        at = answered.iloc[position]
        row: dict[str, object] = {
            "response_id": f"R{position}",
            "kind": kind,
            "customer_id": f"C{int(draw.random.integers(len(customers))):04}",
            "ticket_id": None,
            "agent_id": agent_ids[int(draw.random.integers(len(agent_ids)))] if draw.random.random() < 0.8 else None,
            "channel": SUPPORT_CHANNELS[int(draw.random.integers(len(SUPPORT_CHANNELS)))],
        }
        if draw.random.random() < 0.15:
            row["customer_id"] = None
        if kind == "csat" and position % 3 == 0 and position // 3 < len(usable):
            ticket = usable.iloc[position // 3]
            row |= {
                "ticket_id": ticket.ticket_id,
                "agent_id": ticket.agent_id,
                "customer_id": ticket.customer_id,
                "channel": "in-app",
            }
            at = ticket.resolved_at + pd.Timedelta(hours=int(draw.random.integers(1, 72)))
        scales = {"nps": [(0, 10)], "ces": EFFORT_SCALES}.get(kind, SURVEY_SCALES)
        low, high = scales[int(draw.random.integers(len(scales)))]
        row |= {"answered_at": at, "scale_min": low, "scale_max": high}
        row["score"] = _score(draw, low, high)
        if kind in ("csat", "nps", "ces") and draw.random.random() < 0.03:
            row["score"] = high + 2
        if draw.random.random() < 0.03:
            row["score"] = None
        rows.append(row)
        if draw.random.random() < 0.05 and row["score"] is not None:
            # The same response with a later answer, which replaces the first one from then on.
            again = dict(row)
            again["answered_at"] = at + pd.Timedelta(hours=int(draw.random.integers(1, 400)))
            again["score"] = _score(draw, low, high)
            rows.append(again)
    return pd.DataFrame(rows)


def _score(draw: Draw, low: int, high: int) -> int:
    weights = np.arange(1, high - low + 2, dtype=float)
    return int(draw.random.choice(np.arange(low, high + 1), p=weights / weights.sum()))


def interactions(draw: Draw) -> pd.DataFrame:
    """Returns interactions by channel."""
    number = draw.count(2000)
    return pd.DataFrame(
        {
            "interaction_id": [f"I{position}" for position in range(number)],
            "occurred_at": draw.at_midnight(draw.moments(number), 10),
            "channel": draw.pick(SUPPORT_CHANNELS, number),
        }
    )


def interactions_of_tickets(draw: Draw, tickets: pd.DataFrame) -> pd.DataFrame:
    """Returns as many interactions of each ticket as the ticket counts, some without a channel or without their time.

    Those of a solved ticket happen until it is solved. Others belong to no ticket, or to one that nobody knows.
    """
    of_ticket = tickets.loc[tickets.index.repeat(tickets["interaction_count"])].reset_index(drop=True)
    number, others = len(of_ticket), draw.count(400)
    end = of_ticket["resolved_at"].fillna(of_ticket["created_at"] + pd.Timedelta(days=2))
    occurred = of_ticket["created_at"] + (end - of_ticket["created_at"]) * draw.random.random(number)
    total = number + others
    unknown_ticket = draw.pick(["999999", None], others, [0.2, 0.8])
    # All of the work on every seventh ticket was never recorded.
    is_recorded = of_ticket["ticket_id"].astype(int) % 7 != 0
    is_recorded = np.concatenate([is_recorded, np.ones(others, bool)]) & draw.some(total, 0.8)
    seconds = pd.Series(draw.random.integers(0, 1800, total), dtype=float)
    return pd.DataFrame(
        {
            "interaction_id": [f"I{position}" for position in range(total)],
            "occurred_at": pd.concat([occurred.dt.floor("s"), draw.moments(others)], ignore_index=True),
            "ticket_id": pd.concat([of_ticket["ticket_id"], unknown_ticket], ignore_index=True),
            "channel": draw.pick(SUPPORT_CHANNELS, total),
            "agent_id": pd.concat([of_ticket["agent_id"], pd.Series([None] * others, dtype=object)], ignore_index=True)
            .where(draw.some(total, 0.7), None),
            "handling_seconds": seconds.where(is_recorded),
        }
    )  # fmt: skip
