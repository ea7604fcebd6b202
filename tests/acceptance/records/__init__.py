"""The true records of a synthetic company: one frame an entity, timestamps in UTC, every version of a survey answer.

The oracle computes the KPIs from them; `tests.acceptance.extracts` writes them as untidy files. Situations that the
specification leaves open do not occur: ambiguous local times, answers without a scale, orders within an hour of
midnight (a year before a moment may or may not contain a change of the clocks), and the like.
"""

import pandas as pd

from tests.acceptance.records.campaigns import (
    ad_statistics,
    campaigns,
    exposures,
    spending,
    touchpoints,
    with_acquisition_channels,
    with_customers,
)
from tests.acceptance.records.customers import (
    agents,
    customers,
    customers_with_life_cycle,
    with_duplicates,
    with_sign_ups,
)
from tests.acceptance.records.draw import Draw
from tests.acceptance.records.marketing import campaign_totals, email_events, email_sends, web_statistics
from tests.acceptance.records.sales import deals, exchange_rates, leads, order_lines, orders, with_margins
from tests.acceptance.records.support import (
    calls,
    interactions,
    interactions_of_tickets,
    survey_responses,
    tickets,
)
from tests.acceptance.records.team import quality_reviews, trainings, working_days
from tests.acceptance.scenario import Scenario

Frames = dict[str, pd.DataFrame]


def records(scenario: Scenario) -> Frames:
    """Returns the true records, those after `scenario.as_of` included."""
    draw = Draw(scenario)
    match scenario.entities:
        case ():
            return _company_with_all_entities(draw)
        case ("order",):
            order = orders(draw, customers(draw)).drop(columns=["country", "currency"])
            return {"order": with_margins(draw.own("margin"), order)}
        case ("customer",):
            return {"customer": customers_with_life_cycle(draw)}
        case ("call",):
            return {"call": calls(draw)}
        case ("deal",):
            return {"deal": deals(draw, with_customers=True)}
        case ("interaction",):
            return {"interaction": interactions(draw)}
    raise ValueError(f"no records for a company with only {', '.join(scenario.entities)}")


def _company_with_all_entities(draw: Draw) -> Frames:
    # The order of the draws determines the records of a seed.
    frames: Frames = {"agent": agents()}
    unlinked = customers(draw)
    order = orders(draw, unlinked)
    frames["customer"] = with_sign_ups(draw, unlinked, order)
    frames["order"] = order
    frames["order_line"] = order_lines(draw, order)
    frames["fx_rate"] = exchange_rates(draw)
    frames["ticket"] = tickets(draw, frames["customer"], frames["agent"])
    frames["call"] = calls(draw)
    frames["survey_response"] = survey_responses(draw, frames["customer"], frames["agent"], frames["ticket"])
    frames["lead"] = leads(draw)
    frames["deal"] = deals(draw, with_customers=False)
    frames["email_send"] = email_sends(draw, frames["customer"])
    frames["web_stat"] = web_statistics(draw)
    frames["campaign_stat"] = campaign_totals(draw, frames["email_send"])
    # These draw on their own and change no records of the others.
    frames["interaction"] = interactions_of_tickets(draw.own("interaction"), frames["ticket"])
    frames["agent_time"] = working_days(draw.own("agent_time"), frames["agent"])
    frames["training"] = trainings(draw.own("training"), frames["agent"])
    frames["quality_review"] = quality_reviews(draw.own("quality_review"), frames["interaction"], frames["ticket"])
    frames["ad_stat"] = ad_statistics(draw.own("ad_stat"))
    frames["spend"] = spending(draw.own("spend"))
    frames["customer"] = with_acquisition_channels(draw.own("acquisition_channel"), frames["customer"])
    frames["lead"] = with_customers(draw.own("customers of leads"), frames["lead"], frames["customer"])
    frames["touchpoint"] = touchpoints(draw.own("touchpoint"), frames["order"], frames["lead"])
    frames["campaign"] = campaigns(draw.own("campaign"))
    frames["exposure"] = exposures(draw.own("exposure"))
    frames["order"] = with_margins(draw.own("margin"), order)
    frames["email_event"] = email_events(draw.own("email_event"), frames["customer"])
    frames["customer"] = with_duplicates(frames["customer"])
    return frames
