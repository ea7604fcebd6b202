"""Writes the true records of a synthetic company as extracts that are as untidy as real ones, with the settings for them.

Untidy: several formats and encodings of times, decimal commas, older versions of a record, repeated pages, placeholders
for empty values, rows in random order.
"""

import json
from collections.abc import Sized
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from tests.acceptance.records import Frames, records
from tests.acceptance.scenario import Scenario


@dataclass(frozen=True)
class Written:
    """A company's settings, its true records, and how many rows the files of each source and entity have.

    `rows` are all of them, `rejected` those that break a rule.
    """

    settings: Path
    frames: Frames
    delivered: pd.DataFrame


def write_company(folder: Path, scenario: Scenario) -> Written:
    """Writes the extracts and the settings of a synthetic company."""
    frames = records(scenario)
    writer = _Writer(folder, scenario, frames)
    settings = writer.write()
    return Written(settings, frames, pd.DataFrame(writer.delivered))


def write_frames(folder: Path, scenario: Scenario, frames: Frames) -> Path:
    """Writes the extracts of these records and the settings; returns the path of the settings."""
    return _Writer(folder, scenario, frames).write()


def _text(moments: pd.Series, zone: str, datetime_format: str) -> pd.Series:
    text = moments.dt.tz_convert(zone).dt.strftime(datetime_format)
    return text.where(moments.notna(), "")


def _decimal_comma(amount: float) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")


def _shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


class _Writer:
    """Writes the extract of each entity and collects the settings of its table."""

    def __init__(self, folder: Path, scenario: Scenario, frames: Frames) -> None:
        self.folder = folder
        self.scenario = scenario
        self.frames = frames
        self.random = np.random.default_rng(scenario.seed + 1)
        self.as_of = pd.Timestamp(scenario.as_of).tz_convert("UTC")
        self.sources: dict[str, list[dict[str, object]]] = {}
        self.delivered: list[dict[str, object]] = []
        folder.mkdir(parents=True, exist_ok=True)

    def add_table(self, rows: Sized, *, rejected: int = 0, source: str = "extracts", **settings: object) -> None:
        """Adds the settings of a table with these rows, of which some break a rule."""
        self.sources.setdefault(source, []).append(settings)
        entity = settings["entity"]
        self.delivered.append({"source": source, "entity": entity, "rows": len(rows), "rejected": rejected})

    def same_columns(self, entity: str, *without: str) -> dict[str, str]:
        return {name: name for name in self.frames[entity].columns if name not in without}

    def agent(self) -> None:
        self.frames["agent"].to_csv(self.folder / "agents.csv", index=False)
        self.add_table(self.frames["agent"], entity="agent", path="agents.csv", columns=self.same_columns("agent"))

    def customer(self) -> None:
        customers = self.frames["customer"].copy()
        columns = self.same_columns("customer")
        for name in ("created_at", "became_customer_at", "churned_at"):
            if name in customers:
                customers[name] = _text(customers[name], "UTC", "%Y-%m-%dT%H:%M:%SZ")
        if "referred_by" in customers:
            # The same file has an older version of every fifth customer, with another country and segment.
            customers["updated_at"] = "2024-06-01T00:00:00Z"
            older = customers.iloc[::5].assign(updated_at="2024-05-01T00:00:00Z", country="ZZ", segment="old")
            customers = _shuffled(pd.concat([customers, older]), self.scenario.seed)
            columns["updated_at"] = "updated_at"
        customers.to_csv(self.folder / "customers.csv", index=False)
        self.add_table(customers, entity="customer", path="customers.csv", columns=columns)

    def order(self) -> None:
        orders = self.frames["order"].copy()
        orders["updated"] = orders["ordered_at"] + pd.Timedelta(hours=2)
        rename = {"order_id": "Order", "customer_id": "Client", "ordered_at": "Order date", "amount": "Total"}
        # Every tenth order is also in an earlier export, with another amount and status; the later export is valid.
        older = orders.iloc[::10].assign(
            amount=9999.99, margin=8888.88, status="paid", updated=orders["updated"].iloc[::10] - pd.Timedelta(hours=1)
        )
        older = older[older["ordered_at"] + pd.Timedelta(hours=3) < self.as_of]
        # Some rows of the earlier one have no amount yet: the order of another id is none.
        broken = older.iloc[::10].assign(order_id="B" + older["order_id"].iloc[::10])
        for name, part in (("orders-1.csv", pd.concat([older, broken])), ("orders-2.csv", orders)):
            text = part.assign(
                amount=[
                    "on request" if order.startswith("B") else _decimal_comma(amount)
                    for order, amount in zip(part["order_id"], part["amount"], strict=True)
                ],
                margin=[None if pd.isna(margin) else _decimal_comma(margin) for margin in part["margin"]],
                ordered_at=_text(part["ordered_at"], self.scenario.timezone, "%d/%m/%Y %H:%M:%S"),
                updated=_text(part["updated"], "UTC", "%Y-%m-%dT%H:%M:%SZ"),
            ).rename(columns=rename)
            _shuffled(text, self.scenario.seed).fillna("?").to_csv(self.folder / name, sep=";", index=False)
        columns = {name: rename.get(name, name) for name in self.frames["order"].columns}
        self.add_table(
            pd.concat([older, broken, orders]), rejected=len(broken), entity="order", path="orders-*.csv", columns=columns, delimiter=";", decimal=",", thousands=" ",
            datetime_format="%d/%m/%Y %H:%M:%S", timezone=self.scenario.timezone, null_values=["", "?", "N/A"],
            keep_latest_by="updated",
        )  # fmt: skip

    def order_line(self) -> None:
        lines = self.frames["order_line"].copy()
        lines["amount"] = [_decimal_comma(amount) for amount in lines["amount"]]
        lines.to_csv(self.folder / "lines.csv", sep=";", index=False)
        self.add_table(
            lines, entity="order_line", path="lines.csv", columns=self.same_columns("order_line"), delimiter=";",
            decimal=",", thousands=" ",
        )  # fmt: skip

    def fx_rate(self) -> None:
        self.frames["fx_rate"].to_csv(self.folder / "rates.csv", index=False)
        self.add_table(self.frames["fx_rate"], entity="fx_rate", path="rates.csv", columns=self.same_columns("fx_rate"))

    def ticket(self) -> None:
        tickets = self.frames["ticket"].copy()
        moments = ["created_at", "first_response_at", "resolved_at", "closed_at"]
        last = tickets[moments].max(axis=1)
        tickets["updated_at"] = last
        # Every sixth settled ticket is in the file twice: its older version has other values.
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
        # Some tickets have no number.
        broken = tickets.iloc[::50].assign(ticket_id=None)
        tickets = pd.concat([tickets, broken])
        tickets["sla_met"] = tickets["sla_met"].map({True: "true", False: "false"})
        tickets.fillna("N/A").to_csv(self.folder / "tickets.csv.gz", index=False)
        columns = {**self.same_columns("ticket"), "updated_at": "updated_at"}
        self.add_table(
            tickets, rejected=len(broken), entity="ticket", path="tickets.csv.gz", columns=columns, timezone=zone,
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
        # The last page of the export is in the file twice. Some calls go in no direction that is known.
        broken = [
            json.dumps({**json.loads(line), "call_id": f"B{number}", "direction": "sideways"})
            for number, line in enumerate(lines[::60])
        ]
        lines = [*lines, *broken, *lines[-50:]]
        if epoch:
            (self.folder / "calls.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
            columns |= {name: f"expr: to_timestamp({name})" for name in moments}
        else:
            (self.folder / "calls.json").write_text("[" + ",\n".join(lines) + "]", encoding="utf-8")
        path = "calls.jsonl" if epoch else "calls.json"
        self.add_table(lines, rejected=len(broken), entity="call", path=path, columns=columns)

    def survey_response(self) -> None:
        answers = _shuffled(self.frames["survey_response"], self.scenario.seed)
        answers["rating"] = [self._rating(row) for row in answers.to_dict("records")]
        # Those without a score, and those off the scale.
        rejected = ~((answers["score"] >= answers["scale_min"]) & (answers["score"] <= answers["scale_max"]))
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
        self.add_table(
            answers,
            rejected=int(rejected.sum()),
            entity="survey_response",
            path=path,
            columns=columns,
            null_values=[""],
        )

    @staticmethod
    def _rating(row: dict[str, object]) -> str | None:
        score = row["score"]
        if score is None or pd.isna(score):
            return None
        if row["kind"] == "csat" and (row["scale_min"], row["scale_max"]) == (0, 1) and score in (0, 1):
            return "good" if score == 1 else "bad"
        return str(int(score))

    def lead(self) -> None:
        # Some leads were made at no time that can be read.
        broken = self.frames["lead"].iloc[::25].assign(created_at="soon", converted_at="")
        broken["lead_id"] = "B" + broken["lead_id"]
        self._write_csv("lead", "leads.csv", "created_at", "converted_at", broken=broken)

    def deal(self) -> None:
        self._write_csv("deal", "deals.csv", "created_at", "closed_at")

    def email_send(self) -> None:
        self._write_csv(
            "email_send", "sends.csv", *[name for name in self.frames["email_send"] if name.endswith("_at")]
        )

    def email_event(self) -> None:
        events = _shuffled(self.frames["email_event"], self.scenario.seed)
        events["email"] = events["email"].where(events.index % 4 != 0, " " + events["email"].str.upper())
        events["occurred_at"] = [int(moment.timestamp()) for moment in events["occurred_at"]]
        # The last page of the export is in the file twice.
        events = pd.concat([events, events.tail(30)])
        events.to_json(self.folder / "newsletter.jsonl", orient="records", lines=True)
        columns = {**self.same_columns("email_event"), "occurred_at": "expr: to_timestamp(occurred_at)"}
        # A system of its own, which knows people by their addresses.
        self.add_table(events, source="newsletter", entity="email_event", path="newsletter.jsonl", columns=columns)

    def campaign_stat(self) -> None:
        self._write_csv("campaign_stat", "totals.csv", "sent_at")

    def interaction(self) -> None:
        self._write_csv("interaction", "interactions.csv", "occurred_at")

    def agent_time(self) -> None:
        days = self.frames["agent_time"].assign(exported="2")
        # Every eighth day was exported before, when it was not over.
        before = days.iloc[::8].assign(available_seconds=60, handling_seconds=99999, exported="1")
        days = _shuffled(pd.concat([days, before]), self.scenario.seed)
        days["date"] = [day.strftime("%d.%m.%Y") for day in days["date"]]
        for name in ("available_seconds", "handling_seconds"):
            days[name] = [_decimal_comma(seconds) for seconds in days[name]]
        days.to_csv(self.folder / "time.csv", sep=";", index=False)
        self.add_table(
            days, entity="agent_time", path="time.csv", columns=self.same_columns("agent_time"), delimiter=";", decimal=",",
            thousands=" ", datetime_format="%d.%m.%Y", keep_latest_by="exported",
        )  # fmt: skip

    def training(self) -> None:
        trainings = self.frames["training"].copy()
        trainings["completed_at"] = [
            moment.tz_convert(self.scenario.timezone).isoformat() for moment in trainings["completed_at"]
        ]
        # The last page of the export is in the file twice.
        trainings = pd.concat([trainings, trainings.tail(5)])
        trainings.to_json(self.folder / "trainings.jsonl", orient="records", lines=True)
        self.add_table(trainings, entity="training", path="trainings.jsonl", columns=self.same_columns("training"))

    def ad_stat(self) -> None:
        stats = self.frames["ad_stat"].assign(fetched="2025-02-01T00:00:00Z")
        # The platform corrects its numbers: every ninth day was fetched before.
        before = stats.iloc[::9].assign(impressions=7, clicks=7, cost=7.0, fetched="2025-01-01T00:00:00Z")
        path = self.folder / "ads.parquet"
        stats = _shuffled(pd.concat([stats, before]), self.scenario.seed)
        stats.to_parquet(path, index=False)
        self.add_table(
            stats, entity="ad_stat", path="ads.parquet", columns=self.same_columns("ad_stat"), keep_latest_by="fetched"
        )

    def spend(self) -> None:
        spend = self.frames["spend"].copy()
        spend["amount"] = [_decimal_comma(amount) for amount in spend["amount"]]
        # Empty texts of several kinds; the last page of the export is in the file twice.
        spend["channel"] = spend["channel"].where(spend["channel"].notna() | (spend.index % 2 == 0), "  ")
        spend = _shuffled(pd.concat([spend, spend.tail(20)]), self.scenario.seed).fillna("-")
        spend.to_csv(self.folder / "spend.csv", sep=";", index=False)
        self.add_table(
            spend, entity="spend", path="spend.csv", columns=self.same_columns("spend"), delimiter=";", decimal=",",
            thousands=" ", null_values=["", "-"],
        )  # fmt: skip

    def touchpoint(self) -> None:
        contacts = _shuffled(self.frames["touchpoint"], self.scenario.seed)
        moments = contacts["occurred_at"]
        contacts["occurred_at"] = [moment.tz_convert(self.scenario.timezone).isoformat() for moment in moments]
        contacts.to_json(self.folder / "contacts.jsonl", orient="records", lines=True)
        self.add_table(contacts, entity="touchpoint", path="contacts.jsonl", columns=self.same_columns("touchpoint"))

    def campaign(self) -> None:
        self._write_csv("campaign", "campaigns.csv", "started_at", "ended_at")

    def exposure(self) -> None:
        frame = self.frames["exposure"].copy()
        # People type the names of the arms.
        frame["arm"] = frame["arm"].where(frame.index % 3 != 0, frame["arm"].str.capitalize())
        frame["arm"] = frame["arm"].where(frame.index % 5 != 0, " " + frame["arm"])
        for name in ("exposed_at", "converted_at"):
            frame[name] = _text(frame[name], "UTC", "%Y-%m-%dT%H:%M:%SZ")
        _shuffled(frame, self.scenario.seed).to_csv(self.folder / "experiments.csv.gz", index=False)
        self.add_table(frame, entity="exposure", path="experiments.csv.gz", columns=self.same_columns("exposure"))

    def quality_review(self) -> None:
        without_result = self.frames["quality_review"]["errors"].isna().sum()
        self._write_csv("quality_review", "reviews.csv", "reviewed_at", rejected=int(without_result))

    def _write_csv(
        self, entity: str, name: str, *moments: str, broken: pd.DataFrame | None = None, rejected: int = 0
    ) -> None:
        """Writes the records of an entity, and rows that are broken; `rejected` of the records are as well."""
        frame = self.frames[entity].copy()
        for moment in moments:
            frame[moment] = _text(frame[moment], "UTC", "%Y-%m-%dT%H:%M:%SZ")
        if broken is not None:
            frame, rejected = pd.concat([frame, broken]), rejected + len(broken)
        _shuffled(frame, self.scenario.seed).to_csv(self.folder / name, index=False)
        self.add_table(frame, rejected=rejected, entity=entity, path=name, columns=self.same_columns(entity))

    def web_stat(self) -> None:
        self.frames["web_stat"].to_csv(self.folder / "web.csv", index=False)
        self.add_table(
            self.frames["web_stat"], entity="web_stat", path="web.csv", columns=self.same_columns("web_stat")
        )

    def write(self) -> Path:
        """Writes everything; returns the path of the settings."""
        for entity in self.frames:
            getattr(self, entity)()
        content = {
            "company": {"name": self.scenario.name, "timezone": self.scenario.timezone, "currency": "EUR"},
            "calendars": {
                # Of the team that the second one does not name, and of tickets without a team; in the company's time zone.
                "default": {"hours": {"mon-fri": ["09:00-12:30", "13:30-18:00"], "sat": ["10:00-14:00"]}},
                "second": {
                    "timezone": "America/New_York",
                    "hours": {"mon-sun": ["00:00-24:00"]},
                    "closed": ["2025-05-01", "2025-06-19"],
                    "teams": ["second line"],
                },
            },
            "sources": [{"name": name, "type": "files", "tables": tables} for name, tables in self.sources.items()],
            "kpis": {
                "retention_rate": {"active_days": self.scenario.active_days},
                "clv": {"minimum_lost": self.scenario.minimum_lost},
                "churn_action_value": {"at_risk_days": self.scenario.at_risk_days},
            },
        }
        if self.scenario.rfm is not None:
            content["segments"] = {"rfm": dict(self.scenario.rfm)}
        path = self.folder / "settings.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path
