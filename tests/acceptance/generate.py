"""A made-up company whose extracts are as untidy as real ones, and the tidy records behind them.

`write_company` writes the extracts and a settings file; it returns the records as they are in truth (one frame an
entity, timestamps in UTC, every version of a survey answer), from which the oracle computes the KPIs. What the
specification leaves open does not occur in the data: ambiguous local times, answers without a scale, orders within an
hour of midnight (a year before a moment may or may not hold a summer-time change), and the like.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import yaml

Frames = dict[str, pd.DataFrame]

COUNTRIES = ["FR", "DE", "BE", None]
TIERS = ["private", "business", None]
CHANNELS = ["email", "chat", "phone", "web", None]
CATEGORIES = ["billing", "delivery", "fault", None]
PRIORITIES = ["low", "normal", "high", "urgent", None]
SALES_CHANNELS = ["shop", "web", "marketplace", None]
FAMILIES = ["lamps", "shades", "bulbs", None]
QUEUES = ["support", "sales", None]
SURVEY_SCALES = [(1, 5), (0, 10), (0, 5), (0, 1)]
EFFORT_SCALES = [(0, 7), (1, 7), (1, 5)]


@dataclass(frozen=True)
class Scenario:
    """What tells one made-up company from another."""

    name: str
    seed: int
    timezone: str
    helpdesk_timezone: str
    as_of: datetime
    active_days: int = 365
    calls_as_epoch: bool = True
    surveys_as: str = "xlsx"
    months: int = 18
    size: float = 1.0
    entities: tuple[str, ...] = field(default=())

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class _Maker:
    """The records of one company."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.random = np.random.default_rng(scenario.seed)
        self.as_of = pd.Timestamp(scenario.as_of).tz_convert("UTC")
        # A month of records lies after the moment that counts as now: they must not be seen.
        self.last = self.as_of + pd.Timedelta(days=30)
        self.first = self.as_of - pd.DateOffset(months=scenario.months)
        self.frames: Frames = {}

    def count(self, number: int) -> int:
        return max(20, int(number * self.scenario.size))

    # ------------------------------------------------------------------------------------------------------- moments

    def moments(self, number: int, first: pd.Timestamp | None = None, last: pd.Timestamp | None = None) -> pd.Series:
        first, last = first or self.first, last or self.last
        span = int((last - first).total_seconds())
        seconds = self.random.integers(0, span, number)
        return pd.Series(first.floor("s") + pd.to_timedelta(seconds, unit="s"))

    def unambiguous(self, moments: pd.Series, *zones: str) -> pd.Series:
        """The same moments, none within the hour that occurs twice when summer time ends."""
        for zone in zones:
            local = moments.dt.tz_convert(zone).dt.tz_localize(None)
            twice = local.dt.tz_localize(zone, ambiguous="NaT").isna() & moments.notna()
            moments = moments.where(~twice, moments + pd.Timedelta(hours=3))
        return moments

    def away_from_midnight(self, moments: pd.Series) -> pd.Series:
        """The same moments, none within 65 minutes of the company's midnight."""
        local = moments.dt.tz_convert(self.scenario.timezone)
        minutes = local.dt.hour * 60 + local.dt.minute
        near = (minutes < 65) | (minutes >= 24 * 60 - 65)
        return moments.where(~near, moments + pd.Timedelta(hours=6))

    def away_from_the_edge(self, moments: pd.Series) -> pd.Series:
        """The same moments, none on the day that begins the active days before the moment that counts as now.

        Whether the current period counts them from that hour or from that day is not said.
        """
        edge = self.as_of.tz_convert(self.scenario.timezone) - pd.Timedelta(days=self.scenario.active_days)
        day = moments.dt.tz_convert(self.scenario.timezone).dt.date
        return moments.where(day != edge.date(), moments + pd.Timedelta(days=2))

    def at_midnight(self, moments: pd.Series, number: int) -> pd.Series:
        """The same moments, the first `number` of them moved to the first or last second of a day of the company."""
        moments = moments.copy()
        zone = self.scenario.zone
        for position in range(min(number, len(moments))):
            day = moments.iloc[position].tz_convert(zone).date()
            start = datetime(day.year, day.month, day.day, tzinfo=zone)
            moved = start if position % 2 == 0 else start - timedelta(seconds=1)
            moments.iloc[position] = pd.Timestamp(moved).tz_convert("UTC")
        return moments

    def later(self, moments: pd.Series, mean_hours: float, most_hours: float | None = None) -> pd.Series:
        hours = self.random.exponential(mean_hours, len(moments))
        if most_hours is not None:
            hours = np.minimum(hours, most_hours)
        return moments + pd.to_timedelta((hours * 3600).astype(int) + 1, unit="s")

    def pick(self, values: list, number: int, weights: list[float] | None = None) -> pd.Series:
        return pd.Series(self.random.choice(np.array(values, dtype=object), number, p=weights), dtype=object)

    def some(self, number: int, share: float) -> np.ndarray:
        return self.random.random(number) < share

    # ------------------------------------------------------------------------------------------------------- records

    def agents(self) -> None:
        number = 12
        self.frames["agent"] = pd.DataFrame(
            {
                "agent_id": [f"A{position:02}" for position in range(number)],
                "name": [f"Agent {position}" for position in range(number)],
                "team": [["first line", "second line", "Büro"][position % 3] for position in range(number)],
            }
        )

    def customers(self) -> None:
        number = self.count(700)
        self.frames["customer"] = pd.DataFrame(
            {
                "customer_id": [f"C{position:04}" for position in range(number)],
                "email": [f"c{position}@example.com" for position in range(number)],
                "country": self.pick(COUNTRIES, number, [0.5, 0.25, 0.15, 0.1]),
                "segment": self.pick(TIERS, number, [0.6, 0.3, 0.1]),
                "created_at": pd.Series([pd.NaT] * number, dtype="datetime64[us, UTC]"),
                "referred_by": pd.Series([None] * number, dtype=object),
            }
        )

    def orders(self) -> None:
        customers = self.frames["customer"]
        number = self.count(3000)
        # The last tenth of the customers never buys, and some buyers are in no customer list.
        buyers = [*customers["customer_id"].iloc[: int(len(customers) * 0.9)], *[f"X{n}" for n in range(10)]]
        at = self.moments(number)
        # Several orders a day: one in ten follows another of the same customer by minutes.
        buyer = self.pick(buyers, number, None)
        follows = np.flatnonzero(self.some(number, 0.1))
        follows = follows[follows > 0]
        for position in follows:
            buyer.iloc[position] = buyer.iloc[position - 1]
            at.iloc[position] = at.iloc[position - 1] + pd.Timedelta(minutes=7)
        at = self.unambiguous(self.away_from_midnight(at), self.scenario.timezone)
        at = self.away_from_the_edge(at)
        currency = self.pick(["EUR", "USD", None], number, [0.7, 0.2, 0.1])
        country = customers.set_index("customer_id")["country"].reindex(buyer).reset_index(drop=True)
        self.frames["order"] = pd.DataFrame(
            {
                "order_id": [f"O{position:05}" for position in range(number)],
                "customer_id": buyer,
                "ordered_at": at,
                "amount": np.round(self.random.gamma(2, 60, number) + 5, 2),
                "currency": currency,
                "status": self.pick(
                    ["paid", "shipped", "delivered", "cancelled", "refunded", "Cancelled"],
                    number,
                    [0.3, 0.3, 0.27, 0.06, 0.05, 0.02],
                ),
                "channel": self.pick(SALES_CHANNELS, number, [0.4, 0.35, 0.15, 0.1]),
                "country": country,
            }
        )
        self._referrals()

    def _referrals(self) -> None:
        """Some customers came through another; they buy for the first time half an hour after they signed up."""
        orders, customers = self.frames["order"], self.frames["customer"]
        valid = orders[~orders["status"].str.lower().isin(["cancelled", "refunded"])]
        firsts = valid.groupby("customer_id")["ordered_at"].agg(["min", "count"])
        known = firsts[firsts.index.isin(customers["customer_id"])]
        # A referrer buys all along, so that it is active whenever somebody comes through it.
        latest = valid[valid["ordered_at"] <= self.as_of].groupby("customer_id")["ordered_at"].max()
        regulars = [
            customer
            for customer in known.index
            if known.loc[customer, "min"] < self.first + pd.Timedelta(days=60)
            and customer in latest.index
            and self._gap(valid, customer) < self.scenario.active_days * 0.5
        ]
        rows = customers.set_index("customer_id")
        # Who has not bought yet is known all the same, since it gets mail and answers surveys.
        for customer in known.index[known["min"] <= self.as_of]:
            first = known.loc[customer, "min"]
            if regulars and customer not in regulars and self.random.random() < 0.3:
                referrer = regulars[int(self.random.integers(len(regulars)))]
                if first > valid.loc[valid["customer_id"] == referrer, "ordered_at"].min() + pd.Timedelta(days=1):
                    rows.loc[customer, "referred_by"] = referrer
            rows.loc[customer, "created_at"] = first - pd.Timedelta(minutes=30)
        self.frames["customer"] = rows.reset_index()

    def _gap(self, valid: pd.DataFrame, customer: str) -> float:
        """The longest time a customer did not buy, up to the moment that counts as now, in days."""
        moments = valid.loc[(valid["customer_id"] == customer) & (valid["ordered_at"] <= self.as_of), "ordered_at"]
        moments = pd.concat([moments, pd.Series([self.as_of])]).sort_values()
        return float(moments.diff().max() / pd.Timedelta(days=1))

    def order_lines(self) -> None:
        rows = []
        for order in self.frames["order"].itertuples():
            if self.random.random() < 0.05:
                continue
            lines = int(self.random.integers(1, 4))
            cents = round(order.amount * 100)
            cuts = [0, *sorted(int(cut) for cut in self.random.integers(0, cents + 1, lines - 1)), cents]
            for number in range(lines):
                family = FAMILIES[int(self.random.choice(4, p=[0.4, 0.3, 0.2, 0.1]))]
                rows.append(
                    {
                        "order_id": order.order_id,
                        "line_number": number + 1,
                        "category": family,
                        "quantity": int(self.random.integers(1, 4)),
                        "amount": (cuts[number + 1] - cuts[number]) / 100,
                    }
                )
        self.frames["order_line"] = pd.DataFrame(rows)

    def rates(self) -> None:
        """Rates of working days; on a Saturday and a Sunday Friday's still holds."""
        days = pd.date_range(self.first.date() - timedelta(days=10), self.last.date() + timedelta(days=2), freq="B")
        self.frames["fx_rate"] = pd.DataFrame(
            {
                "date": [day.date() for day in days],
                "currency": "USD",
                "rate": np.round(0.9 + 0.05 * np.sin(np.arange(len(days)) / 9), 5),
            }
        )

    def tickets(self) -> None:
        number = self.count(2000)
        agents = self.frames["agent"].set_index("agent_id")["team"]
        zones = (self.scenario.helpdesk_timezone, self.scenario.timezone)
        created = self.unambiguous(self.at_midnight(self.moments(number), 30), zones[0])
        automated = self.some(number, 0.15)
        solved = self.some(number, 0.85)
        agent = self.pick([*agents.index, None], number).where(~automated, None)
        team = agents.reindex(agent).reset_index(drop=True).astype(object)
        without = agent.isna().to_numpy()
        team = team.where(~without, self.pick(["first line", "second line", None], number))
        first_reply = self.unambiguous(self.later(created, 6), zones[0])
        replied = ~automated & (solved | self.some(number, 0.6))
        resolved = self.unambiguous(self.later(first_reply, 60), zones[0])
        closed = self.unambiguous(resolved + pd.Timedelta(days=4), zones[0])
        never = pd.Series([pd.NaT] * number, dtype=created.dtype)
        reopened = self.pick([0, 1, 2], number, [0.85, 0.1, 0.05]).astype(int)
        replies = pd.Series(self.random.integers(1, 5, number)).where(~automated, 0)
        status = pd.Series(np.where(solved, "closed", "open"), dtype=object)
        out = self.some(number, 0.06)
        status = status.where(~out, self.pick(["spam", "test", "merged", "deleted"], number))
        sla = self.pick([True, False, None], number, [0.65, 0.2, 0.15])
        self.frames["ticket"] = pd.DataFrame(
            {
                "ticket_id": [str(100000 + position) for position in range(number)],
                "created_at": created,
                "customer_id": self.pick([*self.frames["customer"]["customer_id"], None], number),
                "channel": self.pick(CHANNELS, number, [0.35, 0.25, 0.2, 0.15, 0.05]),
                "priority": self.pick(PRIORITIES, number),
                "category": self.pick(CATEGORIES, number),
                "team": team,
                "agent_id": agent,
                "first_response_at": first_reply.where(replied, never),
                "resolved_at": resolved.where(solved, never),
                "closed_at": closed.where(solved, never),
                "status": status,
                "reopen_count": reopened.where(solved, 0),
                "reassignment_count": self.pick([0, 1, 3], number, [0.8, 0.15, 0.05]).astype(int),
                "agent_reply_count": replies.where(replied, 0).astype(int),
                "interaction_count": replies.where(replied, 0).astype(int) + self.random.integers(1, 5, number),
                "is_automated": automated,
                "sla_met": sla,
            }
        )

    def calls(self) -> None:
        number = self.count(1500)
        started = self.at_midnight(self.moments(number), 20)
        abandoned = self.some(number, 0.12)
        ended = self.later(started, 0.1, 0.9)
        never = pd.Series([pd.NaT] * number, dtype=started.dtype)
        answered = (started + pd.Timedelta(seconds=20)).where(~abandoned, never)
        self.frames["call"] = pd.DataFrame(
            {
                "call_id": [f"K{position}" for position in range(number)],
                "started_at": started,
                "direction": self.pick(["inbound", "outbound"], number, [0.75, 0.25]),
                "answered_at": answered,
                "ended_at": ended + pd.Timedelta(seconds=30),
                "is_abandoned": abandoned,
                "queue": self.pick(QUEUES, number, [0.6, 0.3, 0.1]),
            }
        )

    def surveys(self) -> None:
        number = self.count(2000)
        agents = list(self.frames["agent"]["agent_id"])
        tickets = self.frames["ticket"]
        out = tickets["status"].isin(["spam", "test", "merged", "deleted"])
        usable = tickets[~out & tickets["resolved_at"].notna()]
        usable = usable[usable["agent_id"].notna()].sample(frac=1, random_state=self.scenario.seed)
        rows = []
        answered = self.at_midnight(self.moments(number), 20)
        for position in range(number):
            kind = str(self.random.choice(["csat", "nps", "ces", "employee"], p=[0.5, 0.25, 0.2, 0.05]))
            at = answered.iloc[position]
            row: dict[str, object] = {
                "response_id": f"R{position}",
                "kind": kind,
                "customer_id": f"C{int(self.random.integers(len(self.frames['customer']))):04}",
                "ticket_id": None,
                "agent_id": agents[int(self.random.integers(len(agents)))] if self.random.random() < 0.8 else None,
                "channel": CHANNELS[int(self.random.integers(len(CHANNELS)))],
            }
            if self.random.random() < 0.15:
                row["customer_id"] = None
            if kind == "csat" and position % 3 == 0 and position // 3 < len(usable):
                ticket = usable.iloc[position // 3]
                row |= {
                    "ticket_id": ticket.ticket_id,
                    "agent_id": ticket.agent_id,
                    "customer_id": ticket.customer_id,
                    "channel": "in-app",
                }
                at = ticket.resolved_at + pd.Timedelta(hours=int(self.random.integers(1, 72)))
            scales = {"nps": [(0, 10)], "ces": EFFORT_SCALES}.get(kind, SURVEY_SCALES)
            low, high = scales[int(self.random.integers(len(scales)))]
            row |= {"answered_at": at, "scale_min": low, "scale_max": high}
            row["score"] = self._score(low, high)
            if kind in ("csat", "nps", "ces") and self.random.random() < 0.03:
                row["score"] = high + 2
            if self.random.random() < 0.03:
                row["score"] = None
            rows.append(row)
            if self.random.random() < 0.05 and row["score"] is not None:
                # Answered again: the later answer counts once it has been given.
                again = dict(row)
                again["answered_at"] = at + pd.Timedelta(hours=int(self.random.integers(1, 400)))
                again["score"] = self._score(low, high)
                rows.append(again)
        self.frames["survey_response"] = pd.DataFrame(rows)

    def _score(self, low: int, high: int) -> int:
        return int(self.random.choice(np.arange(low, high + 1), p=self._weights(high - low + 1)))

    @staticmethod
    def _weights(number: int) -> np.ndarray:
        weights = np.arange(1, number + 1, dtype=float)
        return weights / weights.sum()

    def leads(self) -> None:
        number = self.count(800)
        created = self.at_midnight(self.moments(number), 10)
        converted = self.later(created, 150, 24 * 25)
        never = pd.Series([pd.NaT] * number, dtype=created.dtype)
        self.frames["lead"] = pd.DataFrame(
            {
                "lead_id": [f"L{position}" for position in range(number)],
                "created_at": created,
                "email": [f"lead{position}@example.org" for position in range(number)],
                "channel": self.pick(["ads", "fair", "organic", None], number),
                "owner_id": self.pick(["S1", "S2", "S3", None], number),
                "country": self.pick(COUNTRIES, number),
                "converted_at": converted.where(self.some(number, 0.25), never),
            }
        )

    def deals(self, *, with_customers: bool) -> None:
        number = self.count(400)
        created = self.moments(number)
        closed = self.away_from_midnight(self.later(created, 400))
        never = pd.Series([pd.NaT] * number, dtype=created.dtype)
        closed = closed.where(self.some(number, 0.8), never)
        won = pd.Series(self.some(number, 0.4), dtype=object).where(closed.notna(), None)
        frame = pd.DataFrame(
            {
                "deal_id": [f"D{position}" for position in range(number)],
                "created_at": created,
                "closed_at": closed,
                "is_won": won,
                "deal_type": self.pick(["new", "renewal", "upsell", "cross_sell", None], number),
                "owner_id": self.pick(["S1", "S2", "S3", None], number),
            }
        )
        if with_customers:
            frame["customer_id"] = [f"P{int(self.random.integers(150))}" for _ in range(number)]
            frame["amount"] = np.round(self.random.gamma(2, 900, number) + 5, 2)
        self.frames["deal"] = frame

    def sends(self) -> None:
        number = self.count(3000)
        sent = self.moments(number)
        never = pd.Series([pd.NaT] * number, dtype=sent.dtype)
        bounced = self.some(number, 0.04)
        transit = self.some(number, 0.01) & ~bounced
        delivered = self.later(sent, 0.2)
        arrived = ~bounced & ~transit
        opened_at = self.later(delivered, 12)
        opened = arrived & self.some(number, 0.4)
        clicked_at = self.later(opened_at, 2)
        clicked = opened & self.some(number, 0.25)
        named = self.some(number, 0.9)
        customer = self.pick(list(self.frames["customer"]["customer_id"]), number).where(named, None)
        stranger = pd.Series([f"stranger{position}@example.net" for position in range(number)], dtype=object)
        self.frames["email_send"] = pd.DataFrame(
            {
                "send_id": [f"E{position}" for position in range(number)],
                "campaign_id": [f"M{int((moment - self.first).days) // 30}" for moment in sent],
                "customer_id": customer,
                "email": stranger.where(~named, None),
                "sent_at": sent,
                "delivered_at": delivered.where(arrived, never),
                "bounced_at": self.later(sent, 1).where(bounced, never),
                "first_opened_at": opened_at.where(opened, never),
                "first_clicked_at": clicked_at.where(clicked, never),
                "unsubscribed_at": self.later(opened_at, 3).where(opened & self.some(number, 0.05), never),
                "complained_at": self.later(opened_at, 3).where(opened & self.some(number, 0.02), never),
            }
        )

    def web(self) -> None:
        zone = self.scenario.zone
        today = self.as_of.tz_convert(zone).date()
        days = pd.date_range(self.first.tz_convert(zone).date(), today + timedelta(days=5), freq="D")
        rows = []
        for day in days:
            if day.date() == today:
                continue
            for channel in ("organic", "ads", None):
                visitors = int(self.random.integers(0, 200)) if self.random.random() > 0.05 else 0
                rows.append(
                    {
                        "date": day.date(),
                        "channel": channel,
                        "sessions": visitors * 2,
                        "visitors": visitors,
                        "conversions": int(self.random.binomial(visitors, 0.03)),
                    }
                )
        self.frames["web_stat"] = pd.DataFrame(rows)

    def interactions(self) -> None:
        number = self.count(2000)
        self.frames["interaction"] = pd.DataFrame(
            {
                "interaction_id": [f"I{position}" for position in range(number)],
                "occurred_at": self.at_midnight(self.moments(number), 10),
                "channel": self.pick(CHANNELS, number),
            }
        )

    def lifecycle(self) -> None:
        number = self.count(600)
        became = self.away_from_midnight(self.moments(number))
        churned = self.away_from_midnight(self.later(became, 24 * 300))
        never = pd.Series([pd.NaT] * number, dtype=became.dtype)
        self.frames["customer"] = pd.DataFrame(
            {
                "customer_id": [f"C{position:04}" for position in range(number)],
                "country": self.pick(COUNTRIES, number),
                "segment": self.pick(TIERS, number),
                "became_customer_at": became.where(self.some(number, 0.95), never),
                "churned_at": churned.where(self.some(number, 0.7), never),
            }
        )


def records(scenario: Scenario) -> Frames:
    """The company's records as they are in truth, those after the moment that counts as now included."""
    maker = _Maker(scenario)
    if scenario.entities == ("customer",):
        maker.lifecycle()
    elif scenario.entities and scenario.entities != ("order",):
        for entity in scenario.entities:
            {"call": maker.calls, "deal": lambda: maker.deals(with_customers=True), "interaction": maker.interactions}[
                entity
            ]()
    else:
        maker.agents()
        maker.customers()
        maker.orders()
        if scenario.entities == ("order",):
            order = maker.frames["order"].drop(columns=["country", "currency"])
            return {"order": order}
        maker.order_lines()
        maker.rates()
        maker.tickets()
        maker.calls()
        maker.surveys()
        maker.leads()
        maker.deals(with_customers=False)
        maker.sends()
        maker.web()
    return maker.frames


# ------------------------------------------------------------------------------------------------------------- extracts


def _text(moments: pd.Series, zone: str, form: str) -> pd.Series:
    text = moments.dt.tz_convert(zone).dt.strftime(form)
    return text.where(moments.notna(), "")


def _decimal_comma(amount: float) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")


def _shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


class _Writer:
    """Writes the extracts of one company and the settings that read them."""

    def __init__(self, folder: Path, scenario: Scenario, frames: Frames) -> None:
        self.folder = folder
        self.scenario = scenario
        self.frames = frames
        self.random = np.random.default_rng(scenario.seed + 1)
        self.as_of = pd.Timestamp(scenario.as_of).tz_convert("UTC")
        self.tables: list[dict[str, object]] = []
        folder.mkdir(parents=True, exist_ok=True)

    def table(self, **settings: object) -> None:
        self.tables.append(settings)

    def same_columns(self, entity: str, *without: str) -> dict[str, str]:
        return {name: name for name in self.frames[entity].columns if name not in without}

    def agent(self) -> None:
        self.frames["agent"].to_csv(self.folder / "agents.csv", index=False)
        self.table(entity="agent", path="agents.csv", columns=self.same_columns("agent"))

    def customer(self) -> None:
        customers = self.frames["customer"].copy()
        columns = self.same_columns("customer")
        for name in ("created_at", "became_customer_at", "churned_at"):
            if name in customers:
                customers[name] = _text(customers[name], "UTC", "%Y-%m-%dT%H:%M:%SZ")
        if "referred_by" in customers:
            # An older version of every fifth customer, with another country and segment, stands in the same file.
            customers["updated_at"] = "2024-06-01T00:00:00Z"
            older = customers.iloc[::5].assign(updated_at="2024-05-01T00:00:00Z", country="ZZ", segment="old")
            customers = _shuffled(pd.concat([customers, older]), self.scenario.seed)
            columns["updated_at"] = "updated_at"
        customers.to_csv(self.folder / "customers.csv", index=False)
        self.table(entity="customer", path="customers.csv", columns=columns)

    def order(self) -> None:
        orders = self.frames["order"].copy()
        orders["updated"] = orders["ordered_at"] + pd.Timedelta(hours=2)
        rename = {"order_id": "Order", "customer_id": "Client", "ordered_at": "Order date", "amount": "Total"}
        # Every tenth order was exported a first time with another amount and state; the later export holds.
        older = orders.iloc[::10].assign(
            amount=9999.99, status="paid", updated=orders["updated"].iloc[::10] - pd.Timedelta(hours=1)
        )
        older = older[older["ordered_at"] + pd.Timedelta(hours=3) < self.as_of]
        for name, part in (("orders-1.csv", older), ("orders-2.csv", orders)):
            text = part.assign(
                amount=[_decimal_comma(amount) for amount in part["amount"]],
                ordered_at=_text(part["ordered_at"], self.scenario.timezone, "%d/%m/%Y %H:%M:%S"),
                updated=_text(part["updated"], "UTC", "%Y-%m-%dT%H:%M:%SZ"),
            ).rename(columns=rename)
            _shuffled(text, self.scenario.seed).fillna("?").to_csv(self.folder / name, sep=";", index=False)
        columns = {name: rename.get(name, name) for name in self.frames["order"].columns}
        self.table(
            entity="order", path="orders-*.csv", columns=columns, delimiter=";", decimal=",", thousands=" ",
            datetime_format="%d/%m/%Y %H:%M:%S", timezone=self.scenario.timezone, null_values=["", "?", "N/A"],
            keep_latest_by="updated",
        )  # fmt: skip

    def order_line(self) -> None:
        lines = self.frames["order_line"].copy()
        lines["amount"] = [_decimal_comma(amount) for amount in lines["amount"]]
        lines.to_csv(self.folder / "lines.csv", sep=";", index=False)
        self.table(
            entity="order_line", path="lines.csv", columns=self.same_columns("order_line"), delimiter=";",
            decimal=",", thousands=" ",
        )  # fmt: skip

    def fx_rate(self) -> None:
        self.frames["fx_rate"].to_csv(self.folder / "rates.csv", index=False)
        self.table(entity="fx_rate", path="rates.csv", columns=self.same_columns("fx_rate"))

    def ticket(self) -> None:
        tickets = self.frames["ticket"].copy()
        moments = ["created_at", "first_response_at", "resolved_at", "closed_at"]
        last = tickets[moments].max(axis=1)
        tickets["updated_at"] = last
        # Every sixth ticket that is settled stands in the file twice, an older version with other values.
        settled = tickets[last < self.as_of].iloc[::6]
        older = settled.assign(
            updated_at=settled["created_at"] + pd.Timedelta(seconds=1),
            priority="older", channel="older", team="older", agent_id="older", status="open", reopen_count=7,
        )  # fmt: skip
        for name in moments[1:]:
            older[name] = pd.Series(pd.NaT, index=older.index, dtype=tickets[name].dtype)
        older = older[older["updated_at"] < last.loc[older.index]]
        tickets = _shuffled(pd.concat([tickets, older]), self.scenario.seed)
        zone = self.scenario.helpdesk_timezone
        for name in (*moments, "updated_at"):
            tickets[name] = _text(tickets[name], zone, "%Y-%m-%d %H:%M:%S")
        tickets["sla_met"] = tickets["sla_met"].map({True: "true", False: "false"})
        tickets.fillna("N/A").to_csv(self.folder / "tickets.csv.gz", index=False)
        columns = {**self.same_columns("ticket"), "updated_at": "updated_at"}
        self.table(
            entity="ticket", path="tickets.csv.gz", columns=columns, timezone=zone,
            datetime_format="%Y-%m-%d %H:%M:%S", null_values=["", "N/A"],
        )  # fmt: skip

    def call(self) -> None:
        epoch = self.scenario.calls_as_epoch
        columns = self.same_columns("call")
        moments = ("started_at", "answered_at", "ended_at")
        lines = []
        for row in self.frames["call"].to_dict("records"):
            for name in moments:
                moment = row[name]
                if pd.isna(moment):
                    row[name] = None
                else:
                    local = moment.tz_convert(self.scenario.timezone)
                    row[name] = int(moment.timestamp()) if epoch else local.isoformat()
            row["is_abandoned"] = bool(row["is_abandoned"])
            if row["answered_at"] is not None and self.random.random() < 0.1:
                row["is_abandoned"] = None
            lines.append(json.dumps(row))
        # The last page of the export came twice.
        lines = [*lines, *lines[-50:]]
        if epoch:
            (self.folder / "calls.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
            columns |= {name: f"expr: to_timestamp({name})" for name in moments}
        else:
            (self.folder / "calls.json").write_text("[" + ",\n".join(lines) + "]", encoding="utf-8")
        self.table(entity="call", path="calls.jsonl" if epoch else "calls.json", columns=columns)

    def survey_response(self) -> None:
        answers = _shuffled(self.frames["survey_response"], self.scenario.seed)
        answers["rating"] = [self._rating(row) for row in answers.to_dict("records")]
        answers = answers.drop(columns="score")
        if self.scenario.surveys_as == "xlsx":
            path = "answers.xlsx"
            answers["answered_at"] = _text(answers["answered_at"], "UTC", "%Y-%m-%dT%H:%M:%SZ")
            answers["scale_min"] = answers["scale_min"].astype(str)
            answers["scale_max"] = answers["scale_max"].astype(str)
            answers.to_excel(self.folder / path, index=False)
        else:
            path = "answers.parquet"
            answers.to_parquet(self.folder / path, index=False)
        columns = {
            **self.same_columns("survey_response", "score"),
            "score": "expr: case rating when 'good' then 1 when 'bad' then 0 else try_cast(rating as double) end",
        }
        self.table(entity="survey_response", path=path, columns=columns, null_values=[""])

    @staticmethod
    def _rating(row: dict[str, object]) -> str | None:
        score = row["score"]
        if score is None or pd.isna(score):
            return None
        if row["kind"] == "csat" and (row["scale_min"], row["scale_max"]) == (0, 1) and score in (0, 1):
            return "good" if score == 1 else "bad"
        return str(int(score))

    def lead(self) -> None:
        self._iso("lead", "leads.csv", "created_at", "converted_at")

    def deal(self) -> None:
        self._iso("deal", "deals.csv", "created_at", "closed_at")

    def email_send(self) -> None:
        self._iso("email_send", "sends.csv", *[name for name in self.frames["email_send"] if name.endswith("_at")])

    def interaction(self) -> None:
        self._iso("interaction", "interactions.csv", "occurred_at")

    def _iso(self, entity: str, name: str, *moments: str) -> None:
        frame = self.frames[entity].copy()
        for moment in moments:
            frame[moment] = _text(frame[moment], "UTC", "%Y-%m-%dT%H:%M:%SZ")
        _shuffled(frame, self.scenario.seed).to_csv(self.folder / name, index=False)
        self.table(entity=entity, path=name, columns=self.same_columns(entity))

    def web_stat(self) -> None:
        self.frames["web_stat"].to_csv(self.folder / "web.csv", index=False)
        self.table(entity="web_stat", path="web.csv", columns=self.same_columns("web_stat"))

    def settings(self) -> Path:
        for entity in self.frames:
            getattr(self, entity)()
        content = {
            "company": {"name": self.scenario.name, "timezone": self.scenario.timezone, "currency": "EUR"},
            "sources": [{"name": "extracts", "type": "files", "tables": self.tables}],
            "kpis": {"retention_rate": {"active_days": self.scenario.active_days}},
        }
        path = self.folder / "settings.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path


def write_company(folder: Path, scenario: Scenario) -> tuple[Path, Frames]:
    """Writes the extracts and the settings of a made-up company; the settings' path and the records in truth."""
    frames = records(scenario)
    return _Writer(folder, scenario, frames).settings(), frames
