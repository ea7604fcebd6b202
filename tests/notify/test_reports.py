"""The digest and the message that brings a file: what they say, in English and French."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kpis import Kpi
from pipelines.kpis.formatting import Language
from pipelines.notify.attachment import Attachment, read_attachment
from pipelines.notify.compose import CompanyFacts
from pipelines.notify.message import Message
from pipelines.notify.outcome import Undeliverable
from pipelines.notify.reports import Incident, KpiReading, Situation, compose_digest, compose_export

TICK = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
WEEK = date(2025, 12, 29)
CSAT = Kpi("csat", "CSAT", "Satisfaction", "satisfaction", "", "", "ratio", "up", "", 0, is_additive=False)
QUIET = Situation("weekly", TICK, TICK, "week", WEEK)
READING = KpiReading(CSAT, WEEK, 0.68, 0.695, 0.85)
INCIDENT = Incident(CSAT, "week", "channel", "chat", "critical", 2, 0.46, 0.65)


def company(language: Language = "en") -> CompanyFacts:
    return CompanyFacts("Atelier Lumen", language, "EUR", "Europe/Paris")


def digest(situation: Situation, language: Language = "en") -> Message:
    return compose_digest(situation, "heads", company(language))


def first_line(situation: Situation, language: Language = "en") -> str:
    return digest(situation, language).text.splitlines()[0].replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("situation", "english", "french"),
    [
        (
            QUIET,
            "no KPI has a target or benchmark and no alert is open.",
            "aucun indicateur n'a d'objectif ni de référence et aucune alerte n'est en cours.",
        ),
        (
            replace(QUIET, with_target=1),
            "the one KPI with a target or benchmark is on target and no alert is open.",
            "le seul indicateur avec objectif ou référence y est et aucune alerte n'est en cours.",
        ),
        (
            replace(QUIET, with_target=4, open_alerts=[INCIDENT]),
            "all 4 KPIs with a target or benchmark are on target and 1 alert is open.",
            "les 4 indicateurs avec objectif ou référence y sont et 1 alerte est en cours.",
        ),
        (
            replace(QUIET, with_target=4, off_target=[READING], improved=[READING]),
            "1 of 4 KPIs with a target or benchmark is off target, 1 has improved and no alert is open.",
            "1 indicateur sur 4 est hors objectif, 1 s'est amélioré et aucune alerte n'est en cours.",
        ),
        (
            replace(QUIET, with_target=4, off_target=[READING] * 2, improved=[READING] * 2, open_alerts=[INCIDENT] * 2),
            "2 of 4 KPIs with a target or benchmark are off target, 2 have improved and 2 alerts are open.",
            "2 indicateurs sur 4 sont hors objectif, 2 se sont améliorés et 2 alertes sont en cours.",
        ),
    ],
)
def test_the_first_sentence_says_how_things_are(situation: Situation, english: str, french: str) -> None:
    assert first_line(situation) == f"Week of 29 December 2025 (W01): {english}"
    assert first_line(situation, "fr") == f"Semaine du 29 décembre 2025 (S01) : {french}"


def test_before_the_first_complete_period_there_is_no_period() -> None:
    message = digest(replace(QUIET, period_start=None))
    assert message.text == "No KPI has a target or benchmark and no alert is open."
    assert (message.period_start, message.title) == (None, "Digest: weekly")


def test_each_line_is_understood_by_itself() -> None:
    lines = digest(replace(QUIET, with_target=1, off_target=[READING], open_alerts=[INCIDENT], resolved=[INCIDENT]))
    assert lines.text.splitlines()[1:] == [
        "CSAT: off target at 68%, target 85% (was 70% the week before)",
        "CSAT by chat: critical, 46%, threshold 65%, out of bounds for 2 weeks",
        "Resolved since the last digest: CSAT by chat",
    ]


def test_of_many_the_rest_is_named() -> None:
    kpis = [replace(CSAT, label_en=f"KPI {number}") for number in range(14)]
    many = [replace(READING, kpi=kpi) for kpi in kpis]
    open_alerts = [replace(INCIDENT, segment=f"s{number}") for number in range(12)]
    text = digest(replace(QUIET, with_target=14, off_target=many, open_alerts=open_alerts)).text
    assert "Also off target: KPI 10, KPI 11, KPI 12, KPI 13" in text
    assert "Also open: CSAT by s10, CSAT by s11" in text
    assert all(f"KPI {number}" in text for number in range(14))


def test_ids_depend_on_the_tick_and_the_channel_alone() -> None:
    message = digest(QUIET)
    assert message.message_id == digest(replace(QUIET, with_target=3)).message_id
    others = {
        digest(replace(QUIET, tick=TICK.replace(day=12))).message_id,
        compose_digest(QUIET, "x", company()).message_id,
    }
    assert message.message_id not in others


def test_the_message_of_a_file_names_it_and_what_is_off_target() -> None:
    file = Attachment(path="attachments/weekly.pdf", name="weekly.pdf", media_type="application/pdf")
    message = compose_export(replace(QUIET, off_target=[READING]), file, "heads", company("fr"))
    assert message.title.replace("\u00a0", " ") == "Rapport : weekly, semaine du 29 décembre 2025 (S01)"
    assert message.text.replace("\u00a0", " ").splitlines() == [
        "Le fichier weekly.pdf est joint. Ses valeurs sont celles connues au lundi 5 janvier 2026, 07:00.",
        "Hors objectif : Satisfaction",
        "Alertes en cours : aucune",
    ]
    assert Message.model_validate(message.to_stored()).attachment == file
    assert "attachment" not in message.to_record()


def test_a_file_outside_the_home_folder_is_not_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home.parent / "secret").write_text("secret")
    with pytest.raises(Undeliverable, match="is not in the home folder"):
        read_attachment(Attachment(path="../secret", name="x", media_type="text/plain"), home)


@given(st.text(max_size=90))
def test_any_name_of_a_segment_stays_on_its_line(segment: str) -> None:
    message = digest(replace(QUIET, open_alerts=[replace(INCIDENT, segment=segment)]))
    assert len(message.text.split("\n")) == 2


def test_an_alert_about_missing_data_has_no_numbers() -> None:
    silent = replace(INCIDENT, severity="warn", value=None, threshold=None)
    assert "CSAT by chat: warning, no data for 2 weeks" in digest(replace(QUIET, open_alerts=[silent])).text
    french = digest(replace(QUIET, open_alerts=[silent]), "fr").text.replace("\u00a0", " ")
    assert "pas de données depuis 2 semaines" in french
