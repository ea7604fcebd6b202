"""What drove a change, in words and in the record."""

import pytest
from notify_samples import ENGLISH, FRENCH, NOW, RULE, event, kpi

from pipelines.kpis import Grain, Unit
from pipelines.kpis.formatting import Language, format_change
from pipelines.notify.channels.email.rendering import render as render_email
from pipelines.notify.channels.slack.blocks import render as render_slack
from pipelines.notify.compose import compose
from pipelines.notify.driver_lines import driver_lines
from pipelines.notify.message import Lines
from pipelines.watch.drivers import Driver

DRIVERS = (
    Driver("channel", "chat", "rate", -0.042, 0.83, 0.64),
    Driver("team", "Returns", "mix", -0.011, 0.12, 0.2),
    Driver("country", "BE", "rate", 0.0004, 0.7512, 0.7514),
)


def lines_of(drivers: tuple[Driver, ...], unit: Unit, language: Language, grain: Grain = "week") -> list[str]:
    return list(driver_lines(drivers, kpi(unit=unit), grain, language, "EUR").lines)


def test_rates_and_shares_are_said_in_english() -> None:
    assert lines_of(DRIVERS, "ratio", "en") == [
        "channel chat: \N{MINUS SIGN}4.2 points, because its own rate fell from 83% to 64%",
        "team Returns: \N{MINUS SIGN}1.1 points, because its share grew from 12% to 20%",
        "Belgium: +0.04 points, because its own rate rose from 75.12% to 75.14%",
    ]


def test_rates_and_shares_are_said_in_french() -> None:
    assert [line.replace("\u00a0", " ").replace("\u202f", " ") for line in lines_of(DRIVERS, "ratio", "fr")] == [
        "canal chat : \N{MINUS SIGN}4,2 points, car son propre taux est passé de 83 % à 64 %",
        "équipe Returns : \N{MINUS SIGN}1,1 point, car sa part est passée de 12 % à 20 %",
        "Belgique : +0,04 point, car son propre taux est passé de 75,12 % à 75,14 %",
    ]


@pytest.mark.parametrize(
    ("unit", "driver", "line"),
    [
        ("currency", Driver("team", "unknown", "contribution", -1200, 3000, 1800), "unknown team: \N{MINUS SIGN}€1,200, from €3,000 to €1,800"),
        ("count", Driver("channel", "chat", "contribution", 40, 0, 40), "channel chat: +40, from 0 to 40"),
        ("seconds", Driver("team", "Returns", "rate", 600, 3600, 5400), "team Returns: +10 min, because its own value rose from 1 h to 1 h 30 min"),
        ("score", Driver("team", "Returns", "mix", -3.14, 0.5, 0), "team Returns: \N{MINUS SIGN}3.1, because its share shrank from 50% to 0%"),
        ("days", Driver("deal_type", "new", "rate", -1.5, 10, 7), "deal type new: \N{MINUS SIGN}1.5 days, because its own value fell from 10 days to 7 days"),
    ],
)  # fmt: skip
def test_effects_are_in_the_unit_of_the_kpi(unit: Unit, driver: Driver, line: str) -> None:
    assert lines_of((driver,), unit, "en") == [line]


@pytest.mark.parametrize(
    ("change", "text"), [(0.01, "+1 point"), (-0.1, "\N{MINUS SIGN}10 points"), (0.0, "0 points"), (12.0, "+1,200 points"), (0.00002345, "+0.002 points"), (1e-12, "+0 points")]
)  # fmt: skip
def test_changes_of_shares_are_in_points(change: float, text: str) -> None:
    assert format_change(change, "ratio", "en", "EUR") == text


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_the_label_names_the_period_before(grain: Grain) -> None:
    english = driver_lines(DRIVERS, kpi(), grain, "en", "EUR").label
    assert english == f"What drove it since the {grain} before"
    assert driver_lines(DRIVERS, kpi(), grain, "fr", "EUR").label.startswith("Ce qui a joué depuis l")


def test_names_that_read_like_words_are_quoted() -> None:
    [line] = lines_of((Driver("made_up", "all is well. Nothing: 5", "contribution", -5, 5, 0),), "count", "en")
    assert line == "made up “all is well. Nothing: 5”: \N{MINUS SIGN}5, from 5 to 0"


def test_the_record_has_the_effects_in_the_unit_of_the_kpi() -> None:
    message = compose(event(), RULE, kpi(), "support", ENGLISH, drivers=DRIVERS[:2])
    assert message.to_record()["drivers"] == [
        {"segment_type": "channel", "segment": "chat", "effect": -0.042, "kind": "rate"},
        {"segment_type": "team", "segment": "Returns", "effect": -0.011, "kind": "mix"},
    ]
    [block] = [block for block in message.content.blocks if isinstance(block, Lines)]
    assert f"{block.label}:\n- {block.lines[0]}\n- {block.lines[1]}\n" in message.text


def test_without_drivers_nothing_is_said_of_them() -> None:
    message = compose(event(), RULE, kpi(), "support", FRENCH)
    assert message.drivers == ()
    assert not [block for block in message.content.blocks if isinstance(block, Lines)]


def test_every_driver_has_its_line_in_slack_and_in_an_e_mail() -> None:
    message = compose(event(), RULE, kpi(), "support", ENGLISH, drivers=DRIVERS)
    sections = [
        block["text"]["text"]
        for block in render_slack(message)["blocks"]
        if block["type"] == "section" and "text" in block
    ]
    [shown] = [text for text in sections if text.startswith("*What drove it")]
    assert [line[:2] for line in shown.split("\n")[1:]] == ["• "] * 3
    mail = render_email(message, sender="a@example.org", recipients=("b@example.org",), now=NOW)
    html = mail.get_body(("html",))
    assert html is not None
    assert html.get_content().count("because its own rate") == 2
    # Between lines there is a distance: two of them have a margin above.
    assert html.get_content().count('<div style="margin-top:6px;">') == 2
