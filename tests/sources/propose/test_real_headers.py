"""Every genuine export is recognized, or refused with the reason."""

from pathlib import Path

import pytest

from pipelines import settings as vigie_settings
from pipelines.services.propose import propose_settings

DATA = Path(__file__).resolve().parents[4] / "shared/data/export_headers"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the genuine headers are not in the repository")

EXPECTED = {
    "brevo/contacts_export_header.csv": ("Brevo contacts", {"customer"}),
    "freshdesk/freshservice_export_header.csv": ("Freshservice tickets", {"ticket", "survey_response"}),
    "freshdesk/ticket_export_header.csv": ("Freshdesk tickets", {"ticket", "survey_response"}),
    "hubspot/contacts_companies_joined_export_header.csv": ("HubSpot contacts", {"customer", "lead"}),
    "hubspot/contacts_mql_export_header.csv": ("HubSpot contacts", {"customer", "lead"}),
    "hubspot/deals_export_header.csv": ("HubSpot deals", {"deal"}),
    "hubspot/tickets_export_header.csv": ("HubSpot tickets", {"ticket"}),
    "klaviyo/campaigns_export.csv": ("Klaviyo campaigns", {"campaign", "campaign_stat"}),
    "mailchimp/audience_export.csv": ("Mailchimp audience", {"customer"}),
    "mailchimp/campaigns_aggregate_export.csv": ("Mailchimp campaign report", {"campaign", "campaign_stat"}),
    "mailchimp/unsubscribed_export_header.csv": ("Mailchimp unsubscribed contacts", {"customer", "email_event"}),
    "mailchimp/single_campaign_report.csv": (None, set()),
    "mailchimp/ab_campaign_report.csv": (None, set()),
    "mailerlite/classic_campaign_report.csv": (None, set()),
    "pipedrive/header_vocabulary.csv": ("Pipedrive deals", {"deal"}),
    "salesforce/demo_Lead.csv": ("Salesforce leads", {"lead"}),
    "salesforce/demo_Opportunity.csv": ("Salesforce opportunities", {"deal"}),
    "salesforce/demo_OpportunityHistory.csv": (None, set()),
    "zendesk/ticket_csv_export_header.csv": ("Zendesk tickets", {"ticket", "survey_response"}),
    "api_seeds_fivetran/hubspot/email_event_data.csv": ("HubSpot e-mail events (connector)", {"email_event"}),
    "api_seeds_fivetran/zendesk/ticket_data.csv": ("Zendesk tickets (connector)", {"ticket"}),
    "api_seeds_fivetran/mailchimp/campaign_recipient_activity.csv": (
        "Mailchimp activity of recipients (connector)",
        {"email_event"},
    ),
    "api_seeds_fivetran/salesforce/sf_opportunity_data.csv": ("Salesforce opportunities", {"deal"}),
    "api_seeds_fivetran/hubspot/deal_stage_data.csv": (None, set()),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_genuine_export_is_recognized(tmp_path: Path, name: str) -> None:
    proposal = propose_settings([DATA / name], tmp_path, {})
    [finding] = proposal.findings
    assert (finding.product, {table.entity for table in finding.tables}) == EXPECTED[name]
    if proposal.text is None:
        assert finding.problem is not None
        return
    path = tmp_path / "settings.yaml"
    path.write_text(proposal.text, encoding="utf-8")
    vigie_settings.load(path, {})
