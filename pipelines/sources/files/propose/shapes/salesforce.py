"""Salesforce: reports, the data export, and the tables that connectors copy."""

from pipelines.sources.files.propose.shapes.shape import Fill, Outcome, Shape, Sql, WhenClosed, Words, col

# The usual kinds of deals in Salesforce and Zoho CRM.
DEAL_TYPES = {
    "New Business": "new", "New Customer": "new", "Existing Business": "upsell", "Renewal": "renewal",
    "Existing Customer - Upgrade": "upsell", "Existing Customer - Replacement": "renewal",
    "Existing Customer - Downgrade": "renewal",
}  # fmt: skip
_IS_TRUE = "lower(cast({} as varchar)) = 'true'"

_SALESFORCE_ZONE = "Salesforce reports are in the user's time zone; the data export is in UTC"
_NOT_DELETED = (
    ("coalesce(lower(cast({0} as varchar)), '') <> 'true'", ("IsDeleted|is_deleted",)),
    ("coalesce(lower(cast({0} as varchar)), '') <> 'false'", ("_fivetran_active",)),
)
_STAGE = ("StageName", "Stage", "stage_name", "Étape", "Phase")

_OPPORTUNITY = Shape(
    product="Salesforce",
    kind="opportunities",
    source="salesforce",
    marks=(
        "Id",
        "AccountId",
        "StageName",
        "CloseDate",
        "IsClosed",
        "IsWon",
        "ExpectedRevenue",
        "ForecastCategory",
        "Opportunity Name",
        "Opportunity ID",
        "Stage",
        "Close Date",
        "Created Date",
        "Account Name",
        "Opportunity Owner",
        "Age",
        "Fiscal Period",
        "Probability (%)",
        "Lead Source",
        "Next Step",
        "fiscal_quarter",
        "forecast_category",
    ),
    must=("StageName|Opportunity Name|stage_name", "CloseDate|Close Date|close_date"),
    never=("OpportunityHistoryKey", "Deal owner"),
    zone=_SALESFORCE_ZONE,
    fills=(
        Fill(
            "deal",
            {
                "deal_id": col("Id", "Opportunity ID", "id", "Opportunity_ID__c", "18 Digit ID"),
                "created_at": col("CreatedDate", "Created Date", "created_date"),
                "customer_id": col("AccountId", "Account ID", "account_id", "Account Name", "Account"),
                "closed_at": (
                    Sql(
                        f"case when {_IS_TRUE.format('{0}')} then {{1}} end",
                        ("IsClosed|Closed|is_closed", "CloseDate|Close Date|close_date"),
                    ),
                    WhenClosed(
                        ("CloseDate", "Close Date", "close_date"), _STAGE, {"Closed Won": True, "Closed Lost": False}
                    ),
                ),
                "is_won": (col("IsWon", "Won", "is_won"), Outcome(_STAGE, {"Closed Won": True, "Closed Lost": False})),
                "amount": col("Amount", "Amount (converted)", "amount"),
                "currency": col("CurrencyIsoCode", "Opportunity Currency", "Amount Currency", "currency_iso_code"),
                "deal_type": Words(("Type", "Opportunity Type"), DEAL_TYPES),
                "owner_id": col("OwnerId", "Opportunity Owner ID", "owner_id", "Opportunity Owner", "Owner"),
                "campaign_id": col("CampaignId", "campaign_id", "Primary Campaign Source"),
            },
            where=_NOT_DELETED,
            add={"deal_id": "add Opportunity ID to the report", "created_at": "add Created Date to the report"},
        ),
    ),
)
_LEAD = Shape(
    product="Salesforce",
    kind="leads",
    source="salesforce",
    marks=(
        "Id",
        "IsDeleted",
        "LeadSource",
        "IsConverted",
        "ConvertedDate",
        "ConvertedAccountId",
        "ConvertedContactId",
        "Lead ID",
        "Lead Source",
        "Lead Status",
        "Converted",
        "Converted Date",
        "Lead Owner",
        "is_converted",
    ),
    must=(
        "IsConverted|Converted|is_converted|Lead Status",
        "ConvertedDate|Converted Date|converted_date|Lead Owner|ConvertedAccountId",
    ),
    zone=_SALESFORCE_ZONE,
    fills=(
        Fill(
            "lead",
            {
                "lead_id": col("Id", "Lead ID", "id", "18 Digit ID"),
                "created_at": col("CreatedDate", "Created Date", "Create Date", "created_date"),
                "email": col("Email", "email"),
                "channel": col("LeadSource", "Lead Source", "lead_source"),
                "converted_at": col("ConvertedDate", "Converted Date", "converted_date"),
                "customer_id": col(
                    "ConvertedAccountId", "ConvertedContactId", "converted_account_id", "converted_contact_id"
                ),
                "owner_id": col("OwnerId", "owner_id", "Lead Owner"),
                "country": col("Country", "CountryCode", "country_code", "country"),
            },
            where=_NOT_DELETED,
            add={"created_at": "add CreatedDate to the export (Salesforce: Created Date in the report's columns)"},
        ),
    ),
)
_ACCOUNT = Shape(
    product="Salesforce",
    kind="accounts or contacts",
    source="salesforce",
    marks=(
        "Id",
        "IsDeleted",
        "MasterRecordId",
        "BillingCountry",
        "AccountNumber",
        "AccountSource",
        "MailingCountry",
        "AccountId",
        "HasOptedOutOfEmail",
        "ReportsToId",
        "SystemModstamp",
        "NumberOfEmployees",
        "master_record_id",
    ),
    must=("Id", "MasterRecordId|AccountSource|MailingCountry|BillingCountry|master_record_id"),
    never=("StageName", "IsConverted", "CaseNumber", "is_converted"),
    zone=_SALESFORCE_ZONE,
    fills=(
        Fill(
            "customer",
            {
                "customer_id": col("Id", "id", "Account ID", "Contact ID", "18 Digit ID"),
                "email": col("Email", "email", "PersonEmail"),
                "name": col("Name", "LastName", "name"),
                "country": col("BillingCountry", "BillingCountryCode", "MailingCountry", "billing_country"),
                "segment": col("Type", "type", "Industry", "industry"),
                "acquisition_channel": col("AccountSource", "LeadSource", "account_source"),
                "created_at": col("CreatedDate", "created_date"),
                "owner_id": col("OwnerId", "owner_id"),
                "updated_at": col("LastModifiedDate", "SystemModstamp", "last_modified_date"),
                "merged_into": col("MasterRecordId", "master_record_id"),
            },
        ),
    ),
)
_CASE = Shape(
    product="Salesforce",
    kind="cases",
    source="salesforce",
    marks=(
        "CaseNumber",
        "Case Number",
        "Origin",
        "Case Origin",
        "IsEscalated",
        "ClosedDate",
        "Case Owner",
        "Date/Time Opened",
        "Date/Time Closed",
        "Case Reason",
        "Priority",
        "ContactId",
        "SuppliedEmail",
        "IsClosedOnCreate",
    ),
    must=("CaseNumber|Case Number|case_number",),
    zone=_SALESFORCE_ZONE,
    fills=(
        Fill(
            "ticket",
            {
                "ticket_id": col("Id", "Case ID", "CaseNumber", "Case Number", "id"),
                "created_at": col("CreatedDate", "Date/Time Opened", "Opened Date", "Created Date", "created_date"),
                "customer_id": col("AccountId", "ContactId", "Account ID", "account_id", "contact_id", "Account Name"),
                "email": col("SuppliedEmail", "ContactEmail", "Contact Email", "Web Email", "supplied_email"),
                "channel": col("Origin", "Case Origin", "origin"),
                "priority": col("Priority", "priority"),
                "category": col("Type", "Case Type", "Reason", "Case Reason", "type", "reason"),
                "agent_id": col("OwnerId", "Case Owner", "owner_id"),
                "resolved_at": col(
                    "ClosedDate",
                    "Date/Time Closed",
                    "Closed Date",
                    "closed_date",
                    why="a case has no other date of its resolution",
                ),
                "closed_at": col("ClosedDate", "Date/Time Closed", "Closed Date", "closed_date"),
                "status": col("Status", "status"),
                "updated_at": col("LastModifiedDate", "SystemModstamp", "last_modified_date"),
            },
            where=_NOT_DELETED,
        ),
    ),
)
_SALESFORCE_HISTORY = Shape(
    product="Salesforce",
    kind="opportunity history",
    source="salesforce",
    marks=("OpportunityId", "StageName", "OpportunityHistoryKey", "CreatedById", "ForecastCategory", "opportunity_id"),
    must=("OpportunityId|opportunity_id", "StageName|stage_name", "OpportunityHistoryKey|CreatedById|created_by_id"),
    never=("Opportunity Name",),
    fills=(),
    why_not="has the changes of Salesforce's opportunities, not the opportunities; give the export of Opportunity",
)

SALESFORCE = (_OPPORTUNITY, _LEAD, _ACCOUNT, _CASE, _SALESFORCE_HISTORY)
