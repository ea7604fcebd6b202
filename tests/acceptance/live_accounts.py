"""Accounts of vendors on loopback for whole passes: what they hold, how they change, and the same as extract files."""

import csv
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import duckdb

from tests.vendors.hubspot import account
from tests.vendors.hubspot.hubspot_server import TOKEN as HUBSPOT_TOKEN
from tests.vendors.hubspot.hubspot_server import HubSpotServer
from tests.vendors.mailchimp import mailchimp_company
from tests.vendors.mailchimp.mailchimp_server import KEY, MailchimpServer
from tests.vendors.vendor_server import VendorServer
from tests.vendors.zendesk import zendesk_company
from tests.vendors.zendesk.zendesk_server import EMAIL, TOKEN, ZendeskServer

COMPANY = "company: {name: Live, timezone: Europe/Paris, currency: EUR}\nsources:\n"


class LiveAccount(ABC):
    """An account of a vendor with some months of data."""

    type: ClassVar[str]
    source: ClassVar[str]
    secrets: ClassVar[Mapping[str, str]]
    kpis: ClassVar[frozenset[str]]
    server: VendorServer

    @abstractmethod
    def settings(self) -> str:
        """Returns the keys of the source after its name and type, in YAML's flow style."""

    @abstractmethod
    def change(self, draw: random.Random, now: datetime) -> None:
        """Changes some of what the account holds; nothing is later than `now`."""

    @abstractmethod
    def tables(self) -> str:
        """Returns the tables of the extract files, in YAML."""

    @abstractmethod
    def write_files(self, folder: Path) -> None:
        """Writes what the account holds as extract files."""

    def write_extracts(self, folder: Path) -> str:
        """Writes what the account holds as extract files, and returns the settings that read them."""
        self.write_files(folder)
        return COMPANY + f"  - name: {self.source}\n    type: files\n    tables:\n{self.tables()}"


class Mailchimp(LiveAccount):
    """E-mails and orders."""

    type = "mailchimp"
    source = "mail"
    secrets: ClassVar[Mapping[str, str]] = {"MAILCHIMP_KEY": KEY}
    kpis: ClassVar[frozenset[str]] = frozenset({"email_open_rate", "bounce_rate", "average_order_value"})

    def __init__(self, until: datetime) -> None:
        self.server: MailchimpServer = MailchimpServer()
        mailchimp_company.fill(self.server, until)

    def settings(self) -> str:
        """Returns the keys of the source."""
        return f'api_key: "${{MAILCHIMP_KEY}}", base_url: "{self.server.base_url}"'

    def change(self, draw: random.Random, now: datetime) -> None:
        """Changes the account."""
        with self.server.lock:
            mailchimp_company.change(self.server, draw, now)

    def tables(self) -> str:
        """Returns the tables of the extract files."""
        return mailchimp_company.TABLES

    def write_files(self, folder: Path) -> None:
        """Writes the extract files."""
        mailchimp_company.write_extracts(self.server, folder)


class Zendesk(LiveAccount):
    """Tickets, their comments and ratings."""

    type = "zendesk"
    source = "desk"
    secrets: ClassVar[Mapping[str, str]] = {"ZENDESK_TOKEN": TOKEN}
    kpis: ClassVar[frozenset[str]] = frozenset(
        {"first_response_time", "first_contact_resolution_rate", "csat", "backlog", "ticket_age"}
    )

    def __init__(self, until: datetime) -> None:
        self._desk = zendesk_company.company(until)
        self.server: ZendeskServer = self._desk.server

    def settings(self) -> str:
        """Returns the keys of the source."""
        return f'email: {EMAIL}, api_token: "${{ZENDESK_TOKEN}}", base_url: "{self.server.url}"'

    def change(self, draw: random.Random, now: datetime) -> None:
        """Changes the account."""
        with self.server.lock:
            zendesk_company.change(self._desk, draw, now)

    def tables(self) -> str:
        """Returns the tables of the extract files."""
        return zendesk_company.TABLES

    def write_files(self, folder: Path) -> None:
        """Writes the extract files."""
        zendesk_company.write_extracts(self.server, folder)


class HubSpot(LiveAccount):
    """Contacts, leads, deals, tickets and marketing e-mails."""

    type = "hubspot"
    source = "crm"
    secrets: ClassVar[Mapping[str, str]] = {"HUBSPOT_TOKEN": HUBSPOT_TOKEN}
    kpis: ClassVar[frozenset[str]] = frozenset(
        {"win_rate", "lead_conversion_rate", "email_open_rate_human", "ticket_age"}
    )

    def __init__(self, until: datetime) -> None:
        self.server: HubSpotServer = HubSpotServer(until)
        account.open_account(self.server)
        account.fill(self.server, until - timedelta(days=240), range(1, 239))

    def settings(self) -> str:
        """Returns the keys of the source."""
        return f'token: "${{HUBSPOT_TOKEN}}", base_url: "{self.server.url}"'

    def change(self, draw: random.Random, now: datetime) -> None:
        """Changes the account."""
        with self.server.lock:
            account.evolve(self.server, draw, now)

    def tables(self) -> str:
        """Returns the tables of the extract files."""
        names = account.extracts(self.server)
        return "".join(f"      - {{entity: {name}, path: crm-{name}.csv}}\n" for name in names)

    def write_files(self, folder: Path) -> None:
        """Writes the extract files."""
        for name, rows in account.extracts(self.server).items():
            with (folder / f"crm-{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)


ACCOUNTS: Mapping[str, Callable[[datetime], LiveAccount]] = {
    "hubspot": HubSpot,
    "mailchimp": Mailchimp,
    "zendesk": Zendesk,
}


def settings_of(*accounts: LiveAccount) -> str:
    """Returns the settings of a company with accounts."""
    return COMPANY + "".join(
        f"  - {{name: {each.source}, type: {each.type}, {each.settings()}}}\n" for each in accounts
    )


def compared_kpis(one: Path, other: Path) -> tuple[set[str], list[tuple[object, ...]]]:
    """Returns the KPIs that two published files have in common, and the rows of KPIs that only one of them has."""
    with duckdb.connect() as connection:
        for name, path in (("one", one), ("other", other)):
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        # How fresh and complete the loads are is another thing for files than for an API.
        values = {
            name: f"(SELECT COLUMNS(c -> c <> 'computed_at') FROM {name}.fct_kpi WHERE kpi NOT IN"
            f" (SELECT kpi FROM {name}.dim_kpi WHERE family = 'data quality'))"
            for name in ("one", "other")
        }
        kpis = connection.execute(
            f"SELECT DISTINCT kpi FROM {values['one']} INTERSECT SELECT DISTINCT kpi FROM {values['other']}"
        ).fetchall()
        differing = connection.execute(
            f"SELECT 'first', * FROM (FROM {values['one']} EXCEPT ALL FROM {values['other']})"
            f" UNION ALL SELECT 'second', * FROM (FROM {values['other']} EXCEPT ALL FROM {values['one']}) LIMIT 20"
        ).fetchall()
    return {kpi for (kpi,) in kpis}, differing
