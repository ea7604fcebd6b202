"""`vigie alerts`, `vigie ack` and `vigie unack`: alerts with their status and history."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from rich.console import Console

from pipelines.cli.render.alerts import alerts_parts, subjects
from pipelines.ledger import Ledger, OutboxItem, Silence
from pipelines.settings import Company, Settings
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from tests.ledger.previous_formats import create_previous
from tests.unwritable import not_writable

Vigie = Callable[..., Result]
OpenAlert = Callable[..., str]
KPIS = load_catalogue(project_folder() / "target")
ALERT = {
    "alert_id": "0123456789ab",
    "rule": "csat-floor",
    "kpi": "csat",
    "grain": "week",
    "segment_type": "channel",
    "segment": "chat",
    "severity": "critical",
    "status": "firing",
    "period_start": datetime(2024, 1, 1, tzinfo=UTC),
    "opened_period": datetime(2024, 1, 1, tzinfo=UTC),
    "value": 0.5,
    "threshold": 0.8,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "comment": None,
}


def rendered(width: int, language: str = "en", **changes: object) -> str:
    console = Console(width=width)
    company = Company.model_validate({"name": "Lumen", "language": language})
    with console.capture() as capture:
        for part in alerts_parts([{**ALERT, **changes}], [], company, KPIS, width=width):
            console.print(part)
    return capture.get()


def test_alert_is_listed_with_value_and_threshold(vigie: Vigie, alert_id: str) -> None:
    output = vigie("alerts").output
    assert "Open alerts: 1" in output
    for cell in (alert_id, "csat-floor", "channel chat", "2024-W01", "50%", "80%", "2024-01-01"):
        assert cell in output


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_nothing_is_missing_at_any_width_and_no_line_is_longer(width: int) -> None:
    changes = {"acknowledged_at": datetime(2024, 1, 8, tzinfo=UTC), "acknowledged_by": "Ann", "comment": "more staff"}
    output = rendered(width, segment="a channel with a rather long name", **changes)
    assert max(len(line.rstrip()) for line in output.splitlines()) <= width
    words = " ".join(output.split())
    for text in ("0123456789ab", "csat-floor", "2024-W01", "50%", "80%", "2024-01-01"):
        assert text in output
    if width == 80:
        assert "Customer satisfaction (CSAT), channel a channel with a rather long name" in words
        assert "acknowledged by Ann: more staff" in words


def test_an_alert_is_in_the_language_of_the_company() -> None:
    output = " ".join(rendered(80, "fr").split())
    assert "Alertes en cours\u00a0: 1".replace("\u00a0", " ") in output
    assert "critique Satisfaction client (CSAT), canal chat" in output
    assert "50 % (seuil : 80 %), depuis 2024-01-01" in output.replace("\u00a0", " ")
    assert "canal inconnu" in rendered(80, "fr", segment="unknown")


def test_a_value_close_to_its_threshold_does_not_look_equal() -> None:
    assert "69.96% (threshold: 70%)" in " ".join(rendered(80, value=0.6996, threshold=0.7).split())


def test_alerts_are_chosen_by_their_properties(vigie: Vigie, open_alert: OpenAlert) -> None:
    chat, mail = open_alert("chat"), open_alert("mail")
    open_alert("mail", 0.9, date(2024, 1, 8))

    def ids(*options: str) -> list[str]:
        return [alert["alert_id"] for alert in json.loads(vigie("alerts", "--json", *options).stdout)["alerts"]]

    assert ids() == [chat]
    assert ids("--all") == [chat, mail]
    assert ids("--status", "resolved") == [mail]
    assert ids("--since", "2020-01-01") == [chat, mail]
    assert ids("--since", f"{datetime.now(UTC).year + 1}-01-01") == [chat]
    assert ids("--all", "--segment", "mail") == [mail]
    assert ids("--rule", "csat-floor", "--kpi", "csat", "--severity", "warn") == [chat]
    assert ids("--severity", "critical") == []
    assert ids("--status", "acknowledged") == ids("--status", "silenced") == []
    vigie("ack", chat)
    assert ids("--status", "acknowledged") == [chat]
    vigie("silence", "csat-floor", "--segment", "chat", "--for", "1d", "--reason", "x")
    assert ids("--status", "silenced") == [chat]
    assert "No alerts match." in vigie("alerts", "--severity", "critical").output
    assert "Alerts: 2" in vigie("alerts", "--all").output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rule", "csat-flor"], "Unknown rule csat-flor; did you mean csat-floor?"),
        (["--kpi", "csatt"], "Unknown KPI csatt; did you mean csat?"),
        (["--severity", "low"], "low"),
        (["--since", "soon"], "--since: soon is not a timestamp"),
        (["0", "--all"], "Name one alert, or choose several with options."),
    ],
)
def test_wrong_choices_are_refused(vigie: Vigie, alert_id: str, options: list[str], message: str) -> None:
    assert alert_id
    result = vigie("alerts", *options)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_one_alert_has_its_history(vigie: Vigie, open_alert: OpenAlert, home: Path) -> None:
    its_id = open_alert("chat")
    vigie("ack", its_id, "--by", "Ann", "--comment", "more staff on Monday")
    vigie("unack", its_id, "--by", "Bob")
    with Ledger(home / "ledger.db") as ledger:
        ledger.claim(datetime.now(UTC), timedelta(minutes=5), 8)
        ledger.mark_failed(f"{its_id} fired", datetime.now(UTC), "no \x1b[31manswer", can_retry=False)
    open_alert("chat", 0.9, date(2024, 1, 8))
    output = vigie("alerts", its_id[:6]).output
    # A terminal of 80 columns wraps the longest lines.
    said = " ".join(output.split())
    for text in (
        "warning: Customer satisfaction (CSAT), channel chat",
        "acknowledged by Ann: more staff on Monday",
        "acknowledgement withdrawn by Bob",
        "message to support, given up: Critical: CSAT by chat (no [31manswer)",
    ):
        assert text in said
    assert "\x1b" not in output
    alert = json.loads(vigie("alerts", its_id[:6], "--json").stdout)["alert"]
    assert (alert["alert_id"], alert["status"]) == (its_id, "resolved")
    assert {event["event"] for event in alert["history"]} == {
        "opened", "fired", "acknowledged", "withdrawn", "resolved", "message"
    }  # fmt: skip
    moments = [event["at"] for event in alert["history"]]
    assert moments == sorted(moments)


def test_the_history_says_when_an_alert_became_critical_and_was_reopened(
    vigie: Vigie, open_alert: OpenAlert, home: Path
) -> None:
    its_id, now = open_alert("chat"), datetime.now(UTC)
    with Ledger(home / "ledger.db") as ledger:
        kinds = ("severity_changed/critical/2024-01-08", "reopened/warn/2024-02-05", "severity_changed/warn/2024-01-15")
        for days, kind in enumerate(kinds, start=1):
            for channel in ("support", "mail"):
                key, record = f"alert/{its_id}/{kind}/{channel}", {"kind": "alert", "title": "CSAT"}
                item = OutboxItem(key, key, channel, its_id, record, now + timedelta(days=days))
                ledger.record_pass([], [item], now)
    history = json.loads(vigie("alerts", its_id, "--json").stdout)["alert"]["history"]
    assert [each["event"] for each in history if each["event"] not in ("message", "opened", "fired")] == [
        "worsened", "reopened", "eased",
    ]  # fmt: skip
    said = " ".join(vigie("alerts", its_id).output.split())
    for text in ("became critical", "reopened", "eased to a warning"):
        assert text in said


def test_acknowledged_alert_has_its_status(vigie: Vigie, alert_id: str) -> None:
    assert "acknowledged" not in vigie("alerts").output
    result = vigie("ack", alert_id[:5], "--by", "Ann", "--comment", "more staff")
    assert f"Alert {alert_id} is acknowledged since" in result.output
    assert result.output.endswith("by Ann: more staff\n")
    assert "acknowledged by Ann: more staff" in " ".join(vigie("alerts").output.split())
    [alert] = json.loads(vigie("alerts", "--json").stdout)["alerts"]
    assert alert["acknowledged_at"] is not None
    assert (alert["acknowledged_by"], alert["comment"]) == ("Ann", "more staff")
    assert f"Alert {alert_id} is not acknowledged any more." in vigie("unack", alert_id).output
    assert "acknowledged" not in vigie("alerts").output
    assert vigie("unack", alert_id).exit_code == 2


def test_everybody_who_acknowledges_is_in_the_history(vigie: Vigie, alert_id: str) -> None:
    vigie("ack", alert_id, "--by", "Ann", "--comment", "more staff")
    assert vigie("ack", alert_id, "--by", "Ann").output.endswith("last by Ann: more staff\n")
    assert vigie("ack", alert_id, "--by", "Cleo").output.endswith("last by Cleo.\n")
    history = json.loads(vigie("alerts", alert_id, "--json").stdout)["alert"]["history"]
    assert [event["person"] for event in history if event["event"] == "acknowledged"] == ["Ann", "Cleo"]


def test_who_acknowledges_is_the_user_of_the_machine(
    vigie: Vigie, alert_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    vigie("ack", alert_id)
    [alert] = json.loads(vigie("alerts", "--json").stdout)["alerts"]
    assert alert["acknowledged_by"] == "ann"


def test_several_alerts_are_acknowledged_at_once_or_none(vigie: Vigie, open_alert: OpenAlert) -> None:
    chat, mail = open_alert("chat"), open_alert("mail")
    assert vigie("ack", chat, "zz").exit_code == 2
    assert not any(alert["acknowledged_at"] for alert in json.loads(vigie("alerts", "--json").stdout)["alerts"])
    acknowledged = json.loads(vigie("ack", chat, mail, chat, "--json").stdout)["acknowledged"]
    assert {alert["alert_id"] for alert in acknowledged} == {chat, mail}


def test_a_beginning_that_several_ids_share_is_refused_with_all_of_them(vigie: Vigie, open_alert: OpenAlert) -> None:
    found: dict[str, list[str]] = {}
    for number in range(17):
        its_id = open_alert(f"segment {number}")
        found.setdefault(its_id[0], []).append(its_id)
    prefix, ids = next((prefix, ids) for prefix, ids in found.items() if len(ids) > 1)
    for command in (["ack", prefix], ["alerts", prefix], ["silence", prefix, "--for", "1d", "--reason", "x"]):
        result = vigie(*command)
        assert result.exit_code == 2
        assert f"{prefix} is the beginning of {len(ids)} ids" in result.stderr
        assert all(f"{its_id}  csat-floor segment" in result.stderr for its_id in ids)


def test_unknown_alert_cannot_be_acknowledged(vigie: Vigie, alert_id: str) -> None:
    result = vigie("ack", f"{alert_id}0")
    assert result.exit_code == 2
    assert f"did you mean {alert_id}?" in result.stderr
    assert vigie("ack", "").exit_code == 2


def test_kpi_that_is_no_longer_in_the_catalogue_is_shown_by_its_name() -> None:
    assert "former_kpi" in rendered(140, kpi="former_kpi")


def test_names_with_brackets_are_not_markup() -> None:
    assert "channel [bold]" in rendered(140, segment="[bold]")
    assert "channel [bold]" in rendered(80, segment="[bold]")


def test_what_is_done_with_alerts_is_said_in_the_language_of_the_company(
    vigie: Vigie, alert_id: str, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("name: Lumen", "name: Lumen, language: fr"))
    assert f"L'alerte {alert_id} est prise en charge depuis le " in vigie("ack", alert_id, "--by", "Ann").stdout
    assert f"L'alerte {alert_id} n'est plus prise en charge." in vigie("unack", alert_id).stdout
    assert "règle" in vigie("silence", alert_id, "--for", "1d", "--reason", "x").stdout
    assert "La mise en sourdine de csat-floor (chat) est terminée." in vigie("silence", alert_id, "--end").stdout
    assert "Aucune mise en sourdine active." in vigie("silence").stdout


def test_a_home_that_cannot_be_written_shows_its_alerts(
    vigie: Vigie, alert_id: str, home: Path, tmp_path: Path
) -> None:
    with Ledger(home / "ledger.db") as ledger:
        ledger.silence(Silence("csat-floor", None, "a move", datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)))
    (tmp_path / "settings.yaml").chmod(0o644)
    with not_writable(home):
        result = vigie("alerts")
        assert alert_id in result.stdout, result.output
        assert json.loads(vigie("alerts", alert_id, "--json").stdout)["alert"]["rule"] == "csat-floor"
        assert "a move" in vigie("silence").stdout
        assert vigie("ack", alert_id).exit_code == 1
    assert vigie("ack", alert_id).exit_code == 0


def test_alerts_of_a_home_of_an_earlier_version_are_shown(vigie: Vigie, home: Path) -> None:
    create_previous(home / "ledger.db", "2")
    assert vigie("alerts").exit_code == 0


def test_an_alert_about_the_age_of_data_shows_an_age() -> None:
    settings = Settings.model_validate(
        {
            "company": {"name": "A"},
            "rules": [{"name": ALERT["rule"], "kpi": "csat", "grain": "day", "stale": "2d"}],
        }
    )
    changes = {"value": 259_200.0, "threshold": 172_800.0, "peak_value": 259_200.0, "grain": "day"}
    console = Console(width=200)
    with console.capture() as capture:
        for part in alerts_parts([{**ALERT, **changes}], [], settings.company, subjects(settings, KPIS), width=200):
            console.print(part)
    text = capture.get()
    assert "Age of the data of" in text
    assert "3 d" in text
    assert "%" not in text
