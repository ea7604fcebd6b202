"""Why a KPI has no values: the reason that is nearest to a value, for each need."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from pipelines.kpis import Input, Kpi
from pipelines.kpis.need import parse_needs
from pipelines.services.no_values import Cause, Situation, Supply, why_incomplete, why_no_values
from pipelines.watch.reading import Reading

TICKETS = Supply(
    source="desk",
    entity="ticket",
    mapped=frozenset({"ticket_id", "created_at", "resolved_at"}),
    loaded=frozenset({"ticket_id", "created_at", "resolved_at"}),
    has_loads=True,
    rows=1200,
    quarantined=0,
    mapping_keys=("columns",),
)
FILLED: Mapping[Input, int] = {Input("ticket"): 1200, Input("ticket", "resolved_at"): 900}


def kpi(*needs: str, unit: str = "ratio") -> Kpi:
    return Kpi(
        "k", "K", "K", "support", "A KPI.", "good ÷ all", unit, "up", "+", 0, False, needs=parse_needs(list(needs), "k")
    )


def found(situation: Situation, *needs: str) -> list[tuple[Cause, str]]:
    return [(reason.cause, reason.text) for reason in why_no_values(kpi(*needs), situation)]


@pytest.mark.parametrize(
    ("supplies", "need", "cause", "text"),
    [
        ([], "ticket.resolved_at", "no_source", "no source fills ticket"),
        ([], "order or deal.is_won and deal.amount", "no_source", "no source fills order or deal"),
        (
            [TICKETS],
            "ticket.sla_met",
            "not_mapped",
            "no source maps ticket.sla_met: add it to the `columns` of desk (ticket)",
        ),
        (
            [TICKETS, replace(TICKETS, source="chat")],
            "ticket.sla_met",
            "not_mapped",
            "no source maps ticket.sla_met: add it to the `columns` of desk (ticket) and chat (ticket)",
        ),
        (
            [replace(TICKETS, mapping_keys=("columns", "sql")), replace(TICKETS, source="chat", mapping_keys=())],
            "ticket.sla_met",
            "not_mapped",
            "no source maps ticket.sla_met: add it to the `columns` or `sql` of desk (ticket)",
        ),
        # A type that delivers what its vendor has, and has no key for columns.
        (
            [replace(TICKETS, mapping_keys=())],
            "ticket.sla_met",
            "not_mapped",
            "desk (ticket) cannot deliver ticket.sla_met: fill it from another source",
        ),
        # The source that fills tickets lacks less than one that is to be connected first.
        (
            [TICKETS],
            "ticket.is_automated or interaction.ticket_id and interaction.author",
            "not_mapped",
            "no source maps ticket.is_automated: add it to the `columns` of desk (ticket)",
        ),
        (
            [TICKETS],
            "ticket.closed_at and ticket.team or ticket.sla_met",
            "not_mapped",
            "no source maps ticket.closed_at and ticket.team or ticket.sla_met: add it to the `columns` of desk (ticket)",
        ),
        (
            [replace(TICKETS, has_loads=False, rows=0, loaded=frozenset())],
            "ticket.resolved_at",
            "not_loaded",
            "ticket.resolved_at of desk is not loaded yet: `vigie run` loads it",
        ),
        (
            [
                replace(
                    TICKETS, has_loads=False, rows=0, loaded=frozenset(), mapped=frozenset(), problem="no file matches"
                )
            ],
            "ticket.resolved_at",
            "not_readable",
            "desk cannot load ticket: no file matches",
        ),
        # The settings have the column since the last load.
        (
            [replace(TICKETS, mapped=TICKETS.mapped | {"sla_met"})],
            "ticket.sla_met",
            "not_loaded",
            "ticket.sla_met of desk is not loaded yet: `vigie run` loads it",
        ),
        (
            [replace(TICKETS, rows=0, quarantined=1200)],
            "ticket.resolved_at",
            "quarantined",
            "all 1,200 rows of desk for ticket were rejected: `vigie preview desk.ticket` shows why",
        ),
        (
            [replace(TICKETS, rows=0, quarantined=1)],
            "ticket",
            "quarantined",
            "the only row of desk for ticket was rejected: `vigie preview desk.ticket` shows why",
        ),
        ([replace(TICKETS, rows=0)], "ticket", "no_rows", "the files of desk for ticket have no rows"),
        (
            [replace(TICKETS, mapped=TICKETS.mapped | {"sla_met"}, loaded=TICKETS.loaded | {"sla_met"})],
            "ticket.sla_met",
            "empty_column",
            "ticket.sla_met is empty in all 1,200 rows of desk: `vigie preview desk.ticket` shows what it is mapped to",
        ),
        (
            [TICKETS],
            "ticket.resolved_at",
            "no_record",
            "everything is loaded, but no record counts yet: it is good ÷ all",
        ),
        # One source has everything; what another one lacks does not matter.
        (
            [replace(TICKETS, source="old", rows=0, quarantined=5), TICKETS],
            "ticket.resolved_at",
            "no_record",
            "everything is loaded (5 rows rejected), but no record counts yet: it is good ÷ all",
        ),
    ],
)
def test_the_cause_and_what_to_do(supplies: list[Supply], need: str, cause: Cause, text: str) -> None:
    assert found(Situation(supplies, FILLED), need) == [(cause, text)]


def test_loaded_data_is_built_next() -> None:
    assert found(Situation([TICKETS], None), "ticket.resolved_at") == [
        ("not_built", "the data is loaded, but the KPI tables are not built yet: `vigie run` builds them")
    ]


def test_each_need_that_is_not_fulfilled_has_its_reason() -> None:
    situation = Situation([TICKETS], FILLED)
    reasons = why_no_values(kpi("ticket.resolved_at", "ticket.sla_met", "order"), situation)
    assert [(reason.cause, reason.missing) for reason in reasons] == [
        ("not_mapped", (Input("ticket", "sla_met"),)),
        ("no_source", (Input("order"),)),
    ]


def test_one_reason_for_two_needs_is_given_once() -> None:
    assert len(found(Situation([], None), "ticket.resolved_at", "ticket.sla_met")) == 1
    unreadable = replace(TICKETS, has_loads=False, loaded=frozenset(), mapped=frozenset(), problem="no file matches")
    [reason] = why_no_values(kpi("ticket.resolved_at", "ticket.sla_met"), Situation([unreadable], None))
    assert reason.missing == (Input("ticket", "resolved_at"), Input("ticket", "sla_met"))


def test_a_kpi_of_business_hours_waits_for_calendars() -> None:
    business = replace(kpi("ticket.resolved_at"), needs_settings=("calendars",))
    text = "the settings have no `calendars`, which docs/settings.md explains"
    situation = Situation([TICKETS], FILLED, empty_settings=frozenset({"calendars"}))
    assert [(reason.cause, reason.text) for reason in why_no_values(business, situation)] == [("no_setting", text)]
    # It may wait for data as well.
    nothing = Situation([], None, empty_settings=frozenset({"calendars"}))
    assert [reason.cause for reason in why_no_values(business, nothing)] == ["no_source", "no_setting"]
    assert [reason.cause for reason in why_no_values(business, Situation([TICKETS], FILLED))] == ["no_record"]
    # Others do not wait for them.
    assert [cause for cause, _ in found(situation, "ticket.resolved_at")] == ["no_record"]


def test_amounts_wait_for_an_exchange_rate() -> None:
    situation = Situation([TICKETS], FILLED, ("JPY", "USD"))
    [reason] = why_no_values(kpi("ticket", unit="currency"), situation)
    assert (reason.cause, reason.text) == (
        "no_rate",
        "amounts in JPY, USD have no exchange rate: load the entity fx_rate for them",
    )
    # A KPI that is no amount does not depend on them.
    assert [cause for cause, _ in found(situation, "ticket")] == ["no_record"]


def test_reasons_are_in_the_language_of_the_company() -> None:
    [reason] = why_no_values(kpi("ticket.sla_met and ticket.team or order"), Situation([TICKETS], FILLED), "fr")
    assert reason.text == (
        "aucune source ne fournit ticket.sla_met et ticket.team\u00a0: ajoutez-le à `columns` de desk (ticket)"
    )
    [rejected] = why_no_values(kpi("ticket"), Situation([replace(TICKETS, rows=0, quarantined=1200)], FILLED), "fr")
    assert rejected.text == (
        "les 1\u202f200 lignes de desk pour ticket ont été rejetées\u00a0: `vigie preview desk.ticket` dit pourquoi"
    )


def counting(**facts: object) -> Kpi:
    return replace(kpi("ticket"), **facts)  # type: ignore[arg-type]


def test_a_word_that_no_record_has_is_named_with_those_that_they_have() -> None:
    kind = Input("survey_response", "kind")
    asked = counting(needs_words=((kind, "nps"),))
    situation = Situation([TICKETS], FILLED, words={kind: ("csat",)})
    [reason] = why_no_values(asked, situation)
    assert (reason.cause, reason.missing) == ("no_word", (kind,))
    assert reason.text == "survey_response.kind is never nps: only csat is delivered"
    [reason] = why_no_values(asked, replace(situation, words={kind: ("csat", "ces", "employee")}), "fr")
    assert reason.text == "survey_response.kind n'est jamais nps\u00a0: seuls csat, ces et employee sont fournis"
    # Where the word is there, or nothing is known of it, it is not the reason.
    for words in ({kind: ("csat", "nps")}, {}):
        assert [each.cause for each in why_no_values(asked, replace(situation, words=words))] == ["no_record"]


def test_purchases_that_do_not_reach_back_far_enough_are_the_reason() -> None:
    asked = counting(needs_months=12)
    situation = Situation([TICKETS], FILLED, first_sale=date(2025, 3, 10), today=date(2025, 9, 1))
    [reason] = why_no_values(asked, situation)
    assert reason.cause == "short_history"
    assert reason.text == (
        "it needs 12 months of purchases, and the first purchase known is of 10 March 2025: it has values from"
        " 1 March 2026 on"
    )
    for other in (replace(situation, today=date(2026, 3, 1)), replace(situation, first_sale=None)):
        assert [each.cause for each in why_no_values(asked, other)] == ["no_record"]


def reading(month: int, value: float | None, *, is_complete: bool) -> Reading:
    return Reading("k", "month", date(2025, month, 1), "all", "all", value, None, None, None, None, None, is_complete)


def test_why_no_complete_period_has_a_value() -> None:
    running = [reading(1, 0.5, is_complete=False)]
    monthly = replace(kpi("ticket"), maturity_days=3)
    assert why_incomplete(monthly, running, date(2025, 1, 5)) == (
        "No month is complete yet: values begin with January 2025. January 2025 is complete from 4 February 2025 on, once"
        " its data is loaded."
    )
    assert why_incomplete(monthly, running, date(2025, 2, 4)) == (
        "No month is complete yet: January 2025 has ended, and waits for files that reach its end."
    )
    empty = [reading(1, None, is_complete=True), reading(2, 0.5, is_complete=False)]
    assert why_incomplete(monthly, empty, date(2025, 2, 9)) == "In no complete month anything counts: it is good ÷ all."
    assert why_incomplete(monthly, [reading(1, 0.5, is_complete=True), *running], date(2025, 2, 9)) is None
    assert why_incomplete(monthly, [], date(2025, 2, 9)) is None
