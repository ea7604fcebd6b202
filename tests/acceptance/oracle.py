"""The KPIs computed a second time, from the records and the published definitions alone, with pandas and no SQL.

It knows nothing of how Vigie computes: each KPI is written down as docs and catalogue define it. `expected` returns one
row per KPI, grain, period and segment. Where a row may as well be absent (an event-dated KPI in a period without the
event) `optional` is true; where a definition leaves room (which percentile between two observations) `low` and `high`
bound the value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy

Frames = dict[str, pd.DataFrame]

GRAINS = ("day", "week", "month", "quarter", "year")
KEY = ["kpi", "grain", "period_start", "segment_type", "segment"]

TICKET_SEGMENTS = ("channel", "priority", "category", "team", "agent")
CUSTOMER_SEGMENTS = ("country", "customer_segment")
ORDER_SEGMENTS = ("channel", "country", "customer_segment", "product_category")

# The segments that the catalogue names for each KPI: these must be there, others may.
NAMED_SEGMENTS: dict[str, tuple[str, ...]] = {
    "csat": ("channel", "team", "agent"),
    "nps": ("channel", "country", "customer_segment"),
    "ces": ("channel", "team"),
    "recommendation_rate": ("country",),
    **dict.fromkeys(
        (
            "retention_rate", "churn_rate", "repurchase_rate", "loyalty_rate", "active_customers", "new_customers",
            "arpu",
        ),
        CUSTOMER_SEGMENTS,
    ),
    **dict.fromkeys(
        (
            "first_response_time", "first_response_time_p50", "first_response_time_p90", "resolution_time",
            "resolution_time_p50", "resolution_time_p90", "response_rate", "first_contact_resolution_rate",
            "interactions_per_ticket", "ticket_age", "backlog", "backlog_age",
        ),
        ("channel", "priority", "team", "agent"),
    ),
    "call_abandonment_rate": ("queue",),
    "auto_resolution_rate": ("channel", "category"),
    "channel_share": ("channel",),
    **dict.fromkeys(("ticket_volume", "reopen_rate", "sla_attainment"), TICKET_SEGMENTS),
    "lead_conversion_rate": ("channel", "owner", "country"),
    "win_rate": ("owner", "deal_type"),
    "visitor_conversion_rate": ("channel",),
    **dict.fromkeys(("revenue", "revenue_per_customer", "average_order_value"), ORDER_SEGMENTS),
    **dict.fromkeys(
        ("email_open_rate", "email_open_rate_delivered", "email_click_rate", "email_click_through_rate"),
        ("campaign", "country", "customer_segment"),
    ),
    **dict.fromkeys(("delivery_rate", "bounce_rate", "unsubscribe_rate", "complaint_rate"), ("campaign",)),
}  # fmt: skip

# Counts: a period without events is a zero or has no row.
COUNTS = frozenset({"ticket_volume", "new_customers", "active_customers", "backlog"})


# -------------------------------------------------------------------------------------------------------------- periods


def period_of(day: date, grain: str) -> date:
    """The first day of the period in which a day lies; weeks begin on Monday."""
    match grain:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case _:
            return date(day.year, 1, 1)


def _months_on(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, day.day)


def shifted(period_start: date, grain: str, periods: int) -> date:
    """The start of the period that lies so many periods later (or earlier)."""
    match grain:
        case "day":
            return period_start + timedelta(days=periods)
        case "week":
            return period_start + timedelta(days=7 * periods)
        case "month":
            return _months_on(period_start, periods)
        case "quarter":
            return _months_on(period_start, 3 * periods)
        case _:
            return _months_on(period_start, 12 * periods)


@cache
def period_ending(period_start: date, grain: str, zone: str) -> pd.Timestamp:
    """The moment at which a period is over: midnight on the company's clock."""
    return pd.Timestamp(shifted(period_start, grain, 1)).tz_localize(zone).tz_convert("UTC")


# -------------------------------------------------------------------------------------------------------------- oracle


@dataclass(frozen=True)
class Company:
    """What the KPIs depend on besides the records."""

    timezone: str
    as_of: datetime
    active_days: int = 365
    currency: str = "EUR"


class _Oracle:
    def __init__(self, frames: Frames, company: Company) -> None:
        self.company = company
        self.zone = company.timezone
        self.as_of = pd.Timestamp(company.as_of).tz_convert("UTC")
        self.frames = {entity: self._known(frame) for entity, frame in frames.items()}
        self.rows: list[pd.DataFrame] = []
        self.places: list[tuple[str, str, str, int]] = []

    # ------------------------------------------------------------------------------------------------- what is known

    def _known(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What had happened by the moment that counts as now: later events are empty."""
        frame = frame.copy()
        for name in frame.columns:
            if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
                frame[name] = frame[name].where(frame[name] <= self.as_of)
        return frame

    def get(self, entity: str, happened: str | None = None) -> pd.DataFrame | None:
        """An entity's records; with `happened` those whose event has taken place."""
        frame = self.frames.get(entity)
        if frame is None or happened is None:
            return frame
        return frame[frame[happened].notna()].reset_index(drop=True)

    def days(self, moments: pd.Series) -> pd.Series:
        """The days of moments on the company's clock."""
        return moments.dt.tz_convert(self.zone).dt.date

    def customer_traits(self, customers: pd.Series) -> pd.DataFrame:
        """Country and segment of the customers named, as their records have them."""
        known = self.frames.get("customer")
        if known is None or "country" not in known:
            return pd.DataFrame({"country": None, "customer_segment": None}, index=customers.index)
        traits = known.set_index("customer_id")[["country", "segment"]].reindex(customers)
        traits.columns = ["country", "customer_segment"]
        return traits.set_index(customers.index)

    # ------------------------------------------------------------------------------------------------------ emitting

    def emit(self, rows: pd.DataFrame, kpi: str, grain: str, segment_type: str, mature_days: int = 0) -> None:
        """Adds rows of period_start, segment, numerator, denominator, and optionally value, optional, low, high."""
        self.rows.append(rows)
        self.places += [(kpi, grain, segment_type, mature_days)] * len(rows)

    def table(self) -> pd.DataFrame:
        """All rows that were added: ratios of nothing left out, with value and is_complete."""
        table = pd.concat(self.rows, ignore_index=True)
        table[["kpi", "grain", "segment_type", "mature_days"]] = self.places
        table = table[table["denominator"] != 0].reset_index(drop=True)
        for name, empty in (("optional", False), ("value", np.nan), ("low", np.nan), ("high", np.nan)):
            given = table[name] if name in table else pd.Series(np.nan, index=table.index)
            table[name] = given.eq(True) if empty is False else given
        ratio = table["numerator"] / table["denominator"].fillna(1.0)
        table["value"] = table["value"].fillna(ratio)
        periods = table[["grain", "period_start", "mature_days"]].drop_duplicates()
        periods["is_complete"] = [
            period_ending(row.period_start, row.grain, self.zone) + pd.Timedelta(days=row.mature_days) <= self.as_of
            for row in periods.itertuples()
        ]
        return table.merge(periods, on=["grain", "period_start", "mature_days"])

    def grouped(
        self, fact: pd.DataFrame, day: pd.Series, segments: tuple[str, ...]
    ) -> Iterator[tuple[str, str, DataFrameGroupBy]]:
        """Each grain and segment type with the fact's rows by period_start and segment."""
        days = day.unique()
        for grain in GRAINS:
            period = day.map({one: period_of(one, grain) for one in days}).rename("period_start")
            yield grain, "all", fact.groupby([period, pd.Series("all", index=fact.index, name="segment")], sort=False)
            for segment_type in segments:
                value = fact[segment_type].astype(object).fillna("unknown").rename("segment")
                yield grain, segment_type, fact.groupby([period, value], sort=False)

    def each(
        self,
        fact: pd.DataFrame,
        day: pd.Series,
        kpis: dict[str, tuple[str, str | None]],
        segments: tuple[str, ...] | None = None,
        mature_days: int = 0,
        only: str | None = None,
    ) -> None:
        """KPIs of a fact: the sum of one column over the sum of another, over its distinct values, or over nothing.

        The denominator `distinct x` counts the different values of x. `only` keeps one segment type.
        """
        if fact.empty:
            return
        union = segments or tuple(dict.fromkeys(name for kpi in kpis for name in NAMED_SEGMENTS[kpi]))
        named = [name for measure in kpis.values() for name in measure if name and " " not in name]
        summed = list(dict.fromkeys(named))
        for grain, segment_type, groups in self.grouped(fact, day, union):
            if only is not None and segment_type != only:
                continue
            sums = groups[summed].sum().astype(float)
            place = sums.index.to_frame(index=False)
            for kpi, (numerator, denominator) in kpis.items():
                if denominator is None:
                    below = np.full(len(sums), np.nan)
                elif denominator.startswith("distinct "):
                    below = groups[denominator.removeprefix("distinct ")].nunique().to_numpy(float)
                else:
                    below = sums[denominator].to_numpy()
                rows = place.assign(numerator=sums[numerator].to_numpy(), denominator=below)
                self.emit(rows, kpi, grain, segment_type, mature_days)

    def periods(self, first: date) -> Iterator[tuple[str, date, pd.Timestamp, pd.Timestamp]]:
        """Every period from the one with the first day to the current one: grain, start, its first and last moment."""
        today = self.as_of.tz_convert(self.zone).date()
        for grain in GRAINS:
            start = period_of(first, grain)
            while start <= today:
                begin = pd.Timestamp(start).tz_localize(self.zone).tz_convert("UTC")
                if begin < self.as_of:
                    yield grain, start, begin, min(period_ending(start, grain, self.zone), self.as_of)
                start = shifted(start, grain, 1)

    # -------------------------------------------------------------------------------------------------- satisfaction

    def satisfaction(self) -> None:
        answers = self.get("survey_response", "answered_at")
        if answers is None:
            return
        answers = answers[answers["score"].notna()]
        answers = answers[answers["score"].between(answers["scale_min"], answers["scale_max"])]
        answers = answers.sort_values("answered_at").drop_duplicates("response_id", keep="last").reset_index(drop=True)
        agents = self.frames["agent"].set_index("agent_id")["team"]
        answers["agent"] = answers["agent_id"]
        answers["team"] = agents.reindex(answers["agent_id"]).to_numpy()
        answers[["country", "customer_segment"]] = self.customer_traits(answers["customer_id"])
        score = answers["score"].astype(float)
        low, high = answers["scale_min"].astype(float), answers["scale_max"].astype(float)
        # The top of the scale: 4 and 5 of 5, 8 to 10 of 10, 'good' of good and bad.
        answers["positive"] = score >= high.map({5.0: 4.0, 10.0: 8.0, 1.0: 1.0})
        answers["balance"] = np.select([score >= 9, score <= 6], [100.0, -100.0], 0.0)
        answers["one"] = 1
        answers["effort"] = (score - low) / (high - low) * 7
        for kind, kpi, column in (("csat", "csat", "positive"), ("nps", "nps", "balance"), ("ces", "ces", "effort")):
            part = answers[answers["kind"] == kind]
            self.each(
                part,
                self.days(part["answered_at"]),
                {kpi: (column, "one")},
            )

    # ------------------------------------------------------------------------------------------------------- support

    def support(self) -> None:
        tickets = self.get("ticket", "created_at")
        if tickets is None:
            return
        out = tickets["status"].str.lower().isin(["spam", "test", "merged", "deleted"])
        tickets = tickets[~out].reset_index(drop=True)
        tickets["agent"] = tickets["agent_id"]
        tickets["one"] = 1

        self.durations("first_response_time", tickets, "first_response_at")
        self.durations("resolution_time", tickets, "resolved_at")

        tickets["answered"] = tickets["first_response_at"].notna() | tickets["resolved_at"].notna()
        created = self.days(tickets["created_at"])
        self.each(
            tickets,
            created,
            {"response_rate": ("answered", "one")},
            TICKET_SEGMENTS,
            mature_days=2,
        )
        self.each(tickets, created, {"ticket_volume": ("one", None)})

        resolved = tickets[tickets["resolved_at"].notna()].reset_index(drop=True)
        resolved["at_once"] = (
            (resolved["agent_reply_count"] == 1)
            & (resolved["reopen_count"] == 0)
            & (resolved["reassignment_count"] == 0)
        )
        resolved["reopened"] = resolved["reopen_count"] > 0
        resolved["kept"] = resolved["sla_met"].map({True: 1.0, False: 0.0})
        resolved["promised"] = resolved["kept"].notna()
        self.each(
            resolved,
            self.days(resolved["resolved_at"]),
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
        self.each(
            closed,
            self.days(closed["closed_at"]),
            {"ticket_age": ("seconds", "one")},
            TICKET_SEGMENTS,
        )
        self.backlog(tickets)

    def durations(self, kpi: str, tickets: pd.DataFrame, until: str) -> None:
        """Mean, median and ninth decile of the seconds from creation; percentiles between two observations."""
        done = tickets[tickets[until].notna()].reset_index(drop=True)
        done["seconds"] = (done[until] - done["created_at"]).dt.total_seconds()
        day = self.days(done[until])
        self.each(done, day, {kpi: ("seconds", "one")}, TICKET_SEGMENTS)
        for grain, segment_type, groups in self.grouped(done, day, TICKET_SEGMENTS):
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
                self.emit(rows.reset_index(), f"{kpi}_{suffix}", grain, segment_type)

    def backlog(self, tickets: pd.DataFrame) -> None:
        """Tickets created before and not resolved by the end of the period."""
        created, resolved = tickets["created_at"], tickets["resolved_at"]
        seconds = (created - created.min()).dt.total_seconds().to_numpy()
        fact = tickets.assign(all="all")
        coded = {name: pd.factorize(fact[name].astype(object).fillna("unknown")) for name in ("all", *TICKET_SEGMENTS)}
        last = max(created.max(), resolved.max())
        columns: dict[tuple[str, str], list[tuple[date, str, int, float, bool]]] = {}
        for grain, start, begin, end in self.periods(self.days(created).min()):
            is_open = ((created < end) & (resolved.isna() | (resolved >= end))).to_numpy()
            age = (end - created.min()).total_seconds() - seconds[is_open]
            for segment_type, (codes, values) in coded.items():
                count = np.bincount(codes[is_open], minlength=len(values))
                total = np.bincount(codes[is_open], age, minlength=len(values))
                columns.setdefault((grain, segment_type), []).extend(
                    (start, value, number, together, begin > last)
                    for value, number, together in zip(values, count, total, strict=True)
                    if number > 0
                )
        for (grain, segment_type), rows in columns.items():
            table = pd.DataFrame(rows, columns=["period_start", "segment", "count", "total", "optional"])
            place = table[["period_start", "segment", "optional"]]
            count = table["count"].astype(float)
            self.emit(place.assign(numerator=count, denominator=np.nan), "backlog", grain, segment_type)
            self.emit(place.assign(numerator=table["total"], denominator=count), "backlog_age", grain, segment_type)

    def calls(self) -> None:
        calls = self.get("call", "started_at")
        if calls is None:
            return
        inbound = calls[calls["direction"] == "inbound"].reset_index(drop=True).assign(one=1)
        self.each(
            inbound,
            self.days(inbound["started_at"]),
            {"call_abandonment_rate": ("is_abandoned", "one")},
        )

    def interactions(self) -> None:
        interactions = self.get("interaction", "occurred_at")
        if interactions is None:
            return
        fact = interactions.assign(one=1)
        for grain, segment_type, groups in self.grouped(fact, self.days(fact["occurred_at"]), ("channel",)):
            rows = groups["one"].sum().astype(float).rename("numerator").reset_index()
            rows["denominator"] = rows.groupby("period_start")["numerator"].transform("sum")
            # The share of all channels together is one, and says nothing.
            self.emit(rows.assign(optional=segment_type == "all"), "channel_share", grain, segment_type)

    # --------------------------------------------------------------------------------------------------------- sales

    def leads(self) -> None:
        leads = self.get("lead", "created_at")
        if leads is None:
            return
        leads["owner"] = leads["owner_id"]
        leads["one"] = 1
        leads["won"] = leads["converted_at"].notna()
        self.each(
            leads,
            self.days(leads["created_at"]),
            {"lead_conversion_rate": ("won", "one")},
            mature_days=30,
        )

    def deals(self) -> None:
        deals = self.get("deal", "closed_at")
        if deals is None:
            return
        deals["owner"] = deals["owner_id"]
        deals["one"] = 1
        deals["won"] = deals["is_won"].astype(bool)
        self.each(
            deals,
            self.days(deals["closed_at"]),
            {"win_rate": ("won", "one")},
        )

    def web(self) -> None:
        web = self.get("web_stat")
        if web is None:
            return
        web = web[web["date"] <= self.as_of.tz_convert(self.zone).date()].reset_index(drop=True)
        self.each(
            web,
            web["date"],
            {"visitor_conversion_rate": ("conversions", "visitors")},
        )

    def sales(self) -> pd.DataFrame | None:
        """The valid orders, or the won deals of a company without orders, in the company's currency."""
        orders = self.get("order", "ordered_at")
        if orders is None:
            deals = self.get("deal", "closed_at")
            if deals is None or "amount" not in deals:
                return None
            won = deals[deals["is_won"].astype(bool)].reset_index(drop=True)
            return pd.DataFrame(
                {
                    "order_id": won["deal_id"], "customer_id": won["customer_id"], "at": won["closed_at"],
                    "worth": won["amount"], "rate": 1.0, "channel": None, "country": None,
                }
            )  # fmt: skip
        out = orders["status"].str.lower().isin(["cancelled", "refunded"])
        orders = orders[~out].reset_index(drop=True)
        orders["at"] = orders["ordered_at"]
        orders["rate"] = self.rate(orders)
        orders["worth"] = orders["amount"] * orders["rate"]
        for name in ("channel", "country"):
            if name not in orders:
                orders[name] = None
        return orders

    def rate(self, orders: pd.DataFrame) -> pd.Series:
        """What a unit of an order's currency was worth on the order's day; a day without a rate has the last one."""
        if "currency" not in orders:
            return pd.Series(1.0, index=orders.index)
        rates = self.frames["fx_rate"].sort_values("date")
        day = self.days(orders["at"])
        result = []
        for currency, one in zip(orders["currency"], day, strict=True):
            if currency is None or pd.isna(currency) or currency == self.company.currency:
                result.append(1.0)
                continue
            known = rates[(rates["currency"] == currency) & (rates["date"] <= one)]
            result.append(float(known["rate"].iloc[-1]))
        return pd.Series(result, index=orders.index)

    def revenue(self) -> None:
        orders = self.sales()
        if orders is None:
            return
        orders["customer_segment"] = self.customer_traits(orders["customer_id"])["customer_segment"].to_numpy()
        kpis = {
            "revenue": ("worth", None),
            "revenue_per_customer": ("worth", "distinct customer_id"),
            "average_order_value": ("worth", "distinct order_id"),
        }
        self.each(orders, self.days(orders["at"]), kpis, ("channel", "country", "customer_segment"))
        lines = self.frames.get("order_line")
        if lines is None:
            # Whether the whole then lies in an unknown category or in none is not said.
            before = len(self.rows)
            self.each(
                orders.assign(product_category=None),
                self.days(orders["at"]),
                kpis,
                ("product_category",),
                only="product_category",
            )
            self.rows[before:] = [rows.assign(optional=True) for rows in self.rows[before:]]
            return
        # An order's categories are those of its lines; an order without lines has none.
        parts = orders[["order_id", "customer_id", "at", "rate", "worth"]].merge(
            lines[["order_id", "category", "amount"]], on="order_id", how="left"
        )
        parts["worth"] = parts["worth"].where(parts["amount"].isna(), parts["amount"] * parts["rate"])
        parts["product_category"] = parts["category"]
        self.each(parts, self.days(parts["at"]), kpis, ("product_category",), only="product_category")

    # ------------------------------------------------------------------------------------------------------- loyalty

    def loyalty(self) -> None:
        """Who is a customer at a moment: bought within the active days before it, or is one by its record."""
        orders = self.sales()
        records = self.frames.get("customer")
        by_record = records is not None and "became_customer_at" in records
        if orders is None and not by_record:
            return
        if orders is None:
            assert records is not None
            known = records[records["became_customer_at"].notna()]
            since = known.set_index("customer_id")["became_customer_at"]
            churned = known.set_index("customer_id")["churned_at"].reindex(since.index)
        else:
            since = orders.groupby("customer_id")["at"].min()
            churned = None
        customers = pd.Series(since.index, dtype=object)
        traits = self.customer_traits(customers)
        traits = traits.where(traits.notna(), "unknown")
        groups: list[tuple[str, str, np.ndarray]] = [("all", "all", np.ones(len(customers), bool))]
        for segment_type in CUSTOMER_SEGMENTS:
            values = traits[segment_type].to_numpy()
            groups += [(segment_type, str(value), values == value) for value in sorted(set(values))]

        position = {customer: number for number, customer in enumerate(customers)}
        window = pd.Timedelta(days=self.company.active_days)
        none = pd.DataFrame({"at": since.iloc[:0], "customer_id": [], "worth": []})
        bought = (none if orders is None else orders[["at", "customer_id", "worth"]]).sort_values("at")
        moments, worth = bought["at"], bought["worth"].to_numpy(dtype=float)
        buyer = bought["customer_id"].map(position).to_numpy(dtype=int)

        def between(begin: pd.Timestamp, end: pd.Timestamp) -> slice:
            return slice(moments.searchsorted(begin), moments.searchsorted(end))

        def active(at: pd.Timestamp) -> np.ndarray:
            if churned is not None:
                return ((since < at) & (churned.isna() | (churned >= at))).to_numpy()
            return np.bincount(buyer[between(at - window, at)], minlength=len(customers)) > 0

        referrals = self.referrals(position)
        may_be_left_out = COUNTS | {"arpu", "recommendation_rate"}
        found: dict[tuple[str, str, str], list[dict[str, object]]] = {}
        left_at = None if churned is None else churned.max()
        last = max(moment for moment in (since.max(), moments.max(), left_at) if pd.notna(moment))
        for grain, start, begin, end in self.periods(self.days(since).min()):
            at_start, at_end = active(begin), active(end)
            new = ((since >= begin) & (since < end)).to_numpy()
            inside = between(begin, end)
            times = np.bincount(buyer[inside], minlength=len(customers))
            spent = np.bincount(buyer[inside], worth[inside], minlength=len(customers))
            who = np.zeros(len(customers), bool)
            if referrals is not None:
                during = referrals[(referrals["at"] >= begin) & (referrals["at"] < end)]
                who[during["referrer"].to_numpy(dtype=int)] = True
            for segment_type, segment, members in groups:
                there, left = int((at_start & members).sum()), int((at_end & members).sum())
                came = int((new & members).sum())
                buyers = int(((times > 0) & members).sum())
                referred = int((who & members).sum())
                values: dict[str, tuple[float, float]] = {
                    "retention_rate": (left - came, there),
                    "churn_rate": (there - left + came, there),
                    "active_customers": (left, np.nan),
                    "new_customers": (came, np.nan),
                }
                if orders is not None:
                    values["repurchase_rate"] = (int((at_start & (times > 0) & members).sum()), there)
                    values["loyalty_rate"] = (int(((times >= 2) & members).sum()), buyers)
                    values["arpu"] = (float(spent[members].sum()), left)
                if referrals is not None and segment_type in ("all", "country"):
                    values["recommendation_rate"] = (referred, left)
                for kpi, (numerator, denominator) in values.items():
                    row = {
                        "period_start": start, "segment": segment, "numerator": float(numerator),
                        "denominator": float(denominator),
                        # Whether the time after the last event is observed time is not said.
                        "optional": begin > last or (kpi in may_be_left_out and numerator == 0),
                    }  # fmt: skip
                    found.setdefault((kpi, grain, segment_type), []).append(row)
        for (kpi, grain, segment_type), rows in found.items():
            self.emit(pd.DataFrame(rows), kpi, grain, segment_type)

    def referrals(self, position: dict[str, int]) -> pd.DataFrame | None:
        """Who referred somebody, and when that somebody came."""
        records = self.get("customer", "created_at") if "referred_by" in self.frames.get("customer", ()) else None
        if records is None:
            return None
        records = records[records["referred_by"].notna()]
        return pd.DataFrame({"at": records["created_at"], "referrer": records["referred_by"].map(position)})

    # -------------------------------------------------------------------------------------------------------- e-mail

    def email(self) -> None:
        sends = self.get("email_send", "sent_at")
        if sends is None:
            return
        sends["campaign"] = sends["campaign_id"]
        sends[["country", "customer_segment"]] = self.customer_traits(sends["customer_id"])

        marks = [name for name in sends if name.endswith("_at") and name != "sent_at"]
        for name in marks:
            sends[name] = sends[name].notna()
        sends["one"] = 1
        self.each(
            sends,
            self.days(sends["sent_at"]),
            {
                "email_open_rate": ("first_opened_at", "one"),
                "email_open_rate_delivered": ("first_opened_at", "delivered_at"),
                "email_click_rate": ("first_clicked_at", "first_opened_at"),
                "email_click_through_rate": ("first_clicked_at", "one"),
                "delivery_rate": ("delivered_at", "one"),
                "bounce_rate": ("bounced_at", "one"),
                "unsubscribe_rate": ("unsubscribed_at", "one"),
                "complaint_rate": ("complained_at", "one"),
            },
            mature_days=3,
        )


def expected(frames: Frames, company: Company) -> pd.DataFrame:
    """Every KPI row that the records and the definitions call for."""
    oracle = _Oracle(frames, company)
    oracle.satisfaction()
    oracle.support()
    oracle.calls()
    oracle.interactions()
    oracle.leads()
    oracle.deals()
    oracle.web()
    oracle.revenue()
    oracle.loyalty()
    oracle.email()
    table = oracle.table()
    assert not table.duplicated(KEY).any()
    return table
