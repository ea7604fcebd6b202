"""Tickets, calls and interactions: times, rates, volumes and the backlog."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from tests.acceptance.oracle.core import Calculation
from tests.acceptance.oracle.definitions import TICKET_SEGMENTS


def add_rows(calculation: Calculation) -> None:
    """Adds the KPIs of tickets, call_abandonment_rate and channel_share."""
    _tickets(calculation)
    _calls(calculation)
    _interactions(calculation)


def real_tickets(calculation: Calculation) -> pd.DataFrame | None:
    """Returns the tickets that are no spam, test or the like; what is open again has no end."""
    tickets = calculation.get("ticket", "created_at")
    if tickets is None:
        return None
    is_excluded = tickets["status"].str.lower().isin(["spam", "test", "merged", "deleted"])
    tickets = tickets[~is_excluded].reset_index(drop=True)
    tickets["agent"] = tickets["agent_id"]
    tickets["one"] = 1
    # Whatever was solved got an answer.
    tickets["answered"] = tickets["first_response_at"].notna() | tickets["resolved_at"].notna()
    is_open = tickets["status"].str.lower() == "open"
    for name in ("resolved_at", "closed_at"):
        tickets[name] = tickets[name].where(~is_open)
    return tickets


def _tickets(calculation: Calculation) -> None:
    tickets = real_tickets(calculation)
    if tickets is None:
        return
    _durations(calculation, "first_response_time", tickets, "first_response_at")
    _durations(calculation, "resolution_time", tickets, "resolved_at")

    for kpi, until in (("first_response_time", "first_response_at"), ("resolution_time", "resolved_at")):
        done = tickets[tickets[until].notna()].reset_index(drop=True)
        done["seconds"] = [
            _business_seconds(row.team, row.created_at, getattr(row, until), calculation.zone)
            for row in done.itertuples()
        ]
        day = calculation.days(done[until])
        calculation.emit_ratios(done, day, {f"{kpi}_business": ("seconds", "one")}, TICKET_SEGMENTS)

    created = calculation.days(tickets["created_at"])
    calculation.emit_ratios(tickets, created, {"response_rate": ("answered", "one")}, TICKET_SEGMENTS, maturity_days=2)
    calculation.emit_ratios(tickets, created, {"ticket_volume": ("one", None)})

    resolved = tickets[tickets["resolved_at"].notna()].reset_index(drop=True)
    is_by_person = (resolved["agent_reply_count"] <= 1) & ~resolved["is_automated"].astype(bool)
    resolved["at_once"] = is_by_person & (resolved["reopen_count"] == 0) & (resolved["reassignment_count"] == 0)
    resolved["reopened"] = resolved["reopen_count"] > 0
    resolved["kept"] = resolved["sla_met"].map({True: 1.0, False: 0.0})
    resolved["promised"] = resolved["kept"].notna()
    calculation.emit_ratios(
        resolved,
        calculation.days(resolved["resolved_at"]),
        {
            "first_contact_resolution_rate": ("at_once", "one"),
            "interactions_per_ticket": ("interaction_count", "one"),
            "auto_resolution_rate": ("is_automated", "one"),
            "reopen_rate": ("reopened", "one"),
            "sla_attainment": ("kept", "promised"),
        },
        TICKET_SEGMENTS,
    )
    closed = tickets[tickets["closed_at"].notna()].reset_index(drop=True)
    closed["seconds"] = (closed["closed_at"] - closed["created_at"]).dt.total_seconds()
    calculation.emit_ratios(
        closed, calculation.days(closed["closed_at"]), {"ticket_age": ("seconds", "one")}, TICKET_SEGMENTS
    )
    _backlog(calculation, tickets)


def _business_seconds(team: object, start: pd.Timestamp, end: pd.Timestamp, company_zone: str) -> float:
    """Returns the open seconds between two moments, day by day, by the calendars of the extracts' settings."""
    is_second = team == "second line"
    zone = "America/New_York" if is_second else company_zone
    day, last = start.tz_convert(zone).date(), end.tz_convert(zone).date()
    seconds = 0.0
    while day <= last:
        for opens, closes in _hours(day, is_second=is_second):
            # All hours are whole days, or in the day time: no clock changes within them.
            midnight = pd.Timestamp(day)
            begin, until = (
                (midnight + pd.Timedelta(hours=hour)).tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
                for hour in (opens, closes)
            )
            seconds += max(0.0, (min(end, until) - max(start, begin)).total_seconds())
        day += timedelta(days=1)
    return seconds


def _hours(day: date, *, is_second: bool) -> list[tuple[float, float]]:
    if is_second:
        return [] if day in (date(2025, 5, 1), date(2025, 6, 19)) else [(0, 24)]
    return [[(9, 12.5), (13.5, 18)], [(10, 14)], []][max(0, day.weekday() - 4)]


def _durations(calculation: Calculation, kpi: str, tickets: pd.DataFrame, until: str) -> None:
    """Adds mean, median and ninth decile of the seconds from creation; a percentile is between two observations."""
    done = tickets[tickets[until].notna()].reset_index(drop=True)
    done["seconds"] = (done[until] - done["created_at"]).dt.total_seconds()
    day = calculation.days(done[until])
    calculation.emit_ratios(done, day, {kpi: ("seconds", "one")}, TICKET_SEGMENTS)
    for grain, segment_type, groups in calculation.groups(done, day, TICKET_SEGMENTS):
        for suffix, share in (("p50", 0.5), ("p90", 0.9)):
            rows = pd.DataFrame(
                {
                    "value": groups["seconds"].quantile(share),
                    "low": groups["seconds"].quantile(share, interpolation="lower"),
                    "high": groups["seconds"].quantile(share, interpolation="higher"),
                    "numerator": np.nan,
                    "denominator": np.nan,
                }
            )
            calculation.emit(rows.reset_index(), f"{kpi}_{suffix}", grain, segment_type)


def _backlog(calculation: Calculation, tickets: pd.DataFrame) -> None:
    """Adds number and age of the tickets that were created before the end of a period and not resolved by then."""
    created, resolved = tickets["created_at"], tickets["resolved_at"]
    seconds = (created - created.min()).dt.total_seconds().to_numpy()
    fact = tickets.assign(all="all")
    coded = {name: pd.factorize(fact[name].astype(object).fillna("unknown")) for name in ("all", *TICKET_SEGMENTS)}
    last = max(created.max(), resolved.max())
    columns: dict[tuple[str, str], list[tuple[date, str, int, float, bool]]] = {}
    # In the periods of a segment's tickets it may be said that none is open.
    first = {name: fact["created_at"].groupby(codes).min().tolist() for name, (codes, _) in coded.items()}
    for grain, start, begin, end in calculation.periods(calculation.days(created).min()):
        is_open = ((created < end) & (resolved.isna() | (resolved >= end))).to_numpy()
        age = (end - created.min()).total_seconds() - seconds[is_open]
        for segment_type, (codes, values) in coded.items():
            count = np.bincount(codes[is_open], minlength=len(values))
            total = np.bincount(codes[is_open], age, minlength=len(values))
            columns.setdefault((grain, segment_type), []).extend(
                (start, value, number, together, begin > last or number == 0)
                for value, number, together, since in zip(values, count, total, first[segment_type], strict=True)
                if number > 0 or since < end
            )
    for (grain, segment_type), rows in columns.items():
        table = pd.DataFrame(rows, columns=["period_start", "segment", "count", "total", "is_optional"])
        place = table[["period_start", "segment", "is_optional"]]
        count = table["count"].astype(float)
        calculation.emit(place.assign(numerator=count, denominator=np.nan), "backlog", grain, segment_type)
        calculation.emit(place.assign(numerator=table["total"], denominator=count), "backlog_age", grain, segment_type)


def _calls(calculation: Calculation) -> None:
    calls = calculation.get("call", "started_at")
    if calls is None:
        return
    inbound = calls[calls["direction"] == "inbound"].reset_index(drop=True).assign(one=1)
    calculation.emit_ratios(
        inbound, calculation.days(inbound["started_at"]), {"call_abandonment_rate": ("is_abandoned", "one")}
    )


def _interactions(calculation: Calculation) -> None:
    interactions = calculation.get("interaction", "occurred_at")
    if interactions is None:
        return
    if "ticket_id" in interactions:
        interactions = interactions[without_spam(calculation, interactions["ticket_id"])].reset_index(drop=True)
    # A blank channel is unknown, not that of the ticket: the extracts have channels of interactions.
    fact = interactions.assign(one=1)
    for grain, segment_type, groups in calculation.groups(fact, calculation.days(fact["occurred_at"]), ("channel",)):
        rows = groups["one"].sum().astype(float).rename("numerator").reset_index()
        rows["denominator"] = rows.groupby("period_start")["numerator"].transform("sum")
        # The share of all channels together is always one: a row without information.
        calculation.emit(rows.assign(is_optional=segment_type == "all"), "channel_share", grain, segment_type)


def without_spam(calculation: Calculation, ticket_ids: pd.Series) -> pd.Series:
    """Returns which contacts are with customers: not those on spam, tests and deleted tickets.

    A ticket that was merged into another is no case of its own, but the messages on it were written.
    """
    tickets = calculation.get("ticket", "created_at")
    if tickets is None:
        return pd.Series(data=True, index=ticket_ids.index)
    is_excluded = tickets["status"].str.lower().isin(["spam", "test", "deleted"])
    return ~ticket_ids.isin(tickets.loc[is_excluded, "ticket_id"])
