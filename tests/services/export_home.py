"""A home folder with the tables that an export reads, built without dbt, and a mail server that counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import duckdb
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from pipelines.services.installation import Installation

TICK = datetime(2026, 3, 30, 5, 0, tzinfo=UTC)
AS_OF = datetime(2026, 3, 30, 6, 0, tzinfo=UTC)
SETTINGS = """
company: {{name: Lumen, timezone: Europe/Paris, language: {language}}}
kpis: {{csat: {{target: 85%}}}}
rules:
  - {{name: csat-floor, kpi: csat, grain: week, below: {{warn: 80%, critical: 70%}}, owner: Support, action: Call back., notify: [heads]}}
channels:
  heads: {{type: email, to: [heads@example.com], smtp: {{host: 127.0.0.1, port: {port}, starttls: never}}}}
  log: {{type: file, path: out/messages.jsonl}}
exports:
  - {{name: weekly, schedule: "0 7 * * 1", format: {format}, kpis: [csat, revenue], grain: week, periods: 4, by: [channel], to: {{channel: {channels}}}}}
"""
TABLES = """
create schema control;
create table control.run as select timestamptz '2026-03-30 05:30:00+00' as as_of;
create table dim_kpi as select * from (values ('csat', 0), ('revenue', 0)) as kpis (kpi, maturity_days);
create table dim_segment (segment_type varchar, segment varchar, name varchar);
create table fct_kpi (
    kpi varchar not null, grain varchar not null, period_start date not null, segment_type varchar not null,
    segment varchar not null, value double, numerator double, denominator double, sample_size bigint, ci_low double,
    ci_high double, is_complete boolean not null, previous_value double, previous_year_value double, target double,
    status varchar, computed_at timestamptz not null
)
"""


def small_installation(folder: Path, *, port: int = 1, language: str = "en", **export: str) -> Installation:
    """Returns an installation whose tables have four weeks of two KPIs; csat falls below its bounds."""
    given = {"format": "csv", "channels": "heads"} | export
    (folder / "settings.yaml").write_text(SETTINGS.format(port=port, language=language, **given), encoding="utf-8")
    installation = Installation(folder / "settings.yaml", folder / "var", AS_OF)
    installation.home.create()
    with duckdb.connect(str(installation.home.warehouse)) as connection:
        connection.execute(TABLES)
        for kpi, values, target, status in (
            ("csat", (0.9, 0.88, 0.75, 0.66), 0.85, "critical"),
            ("revenue", (100.0, 110.0, 120.0, 150.0), None, "none"),
        ):
            for segment_type, segment in (("all", "all"), ("channel", "chat")):
                previous = None
                for number, value in enumerate(values):
                    start = date(2026, 3, 2) + timedelta(weeks=number)
                    row = (
                        kpi, "week", start, segment_type, segment, value, value, None, 40, value - 0.05, value + 0.05,
                        True, previous, None, target, status, AS_OF,
                    )  # fmt: skip
                    connection.execute(f"insert into fct_kpi values ({', '.join('?' * len(row))})", row)
                    previous = value
    return installation


class Mailbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[int, Mailbox]]:
    """Runs a mail server on a free port of this machine; returns the port and what it took."""
    mailbox = Mailbox()
    controller = _AnyPort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield controller.port, mailbox
    finally:
        controller.stop()


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
