# ruff: noqa: E501 - lists of headers are read best on few lines
"""Salesforce, Microsoft Dynamics 365, Zoho CRM, Freshsales and Pipedrive."""

from pipelines.sources.files.propose.shapes.shape import Fill, Outcome, Shape, Sql, WhenClosed, Words, col

_DEAL_TYPES = {
    "New Business": "new", "New Customer": "new", "Existing Business": "upsell", "Renewal": "renewal",
    "Existing Customer - Upgrade": "upsell", "Existing Customer - Replacement": "renewal",
    "Existing Customer - Downgrade": "renewal",
}  # fmt: skip
_IS_TRUE = "lower(cast({} as varchar)) = 'true'"

# ---------------------------------------------------------------------------------------------------------- Salesforce

_SALESFORCE_ZONE = "Salesforce reports are in the user's time zone; the data export is in UTC"
_NOT_DELETED = (
    ("coalesce(lower(cast({0} as varchar)), '') <> 'true'", ("IsDeleted|is_deleted",)),
    ("coalesce(lower(cast({0} as varchar)), '') <> 'false'", ("_fivetran_active",)),
)
_ID = col(
    "Id", "Opportunity ID", "id", "Opportunity_ID__c", "Case ID", "Lead ID", "Account ID", "Contact ID", "18 Digit ID"
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
                "deal_id": _ID,
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
                "deal_type": Words(("Type", "Opportunity Type"), _DEAL_TYPES),
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
                "lead_id": _ID,
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
                "customer_id": _ID,
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

# --------------------------------------------------------------------------------------------------------- Dynamics 365

_DYNAMICS = Shape(
    product="Dynamics 365",
    kind="opportunities",
    source="dynamics",
    marks=(
        "(Do Not Modify) Opportunity",
        "(Do Not Modify) Row Checksum",
        "(Do Not Modify) Modified On",
        "Topic",
        "Potential Customer",
        "Est. Close Date",
        "Est. Revenue",
        "Actual Close Date",
        "Actual Revenue",
        "Status Reason",
        "Account",
    ),
    must=("(Do Not Modify) Opportunity|Potential Customer|Est. Revenue|Actual Close Date",),
    zone="Dynamics 365 exports in the time zone of the user",
    fills=(
        Fill(
            "deal",
            {
                "deal_id": col("(Do Not Modify) Opportunity", "Opportunity ID", "opportunityid", "Opportunity"),
                "created_at": col("Created On", "createdon"),
                "customer_id": col("Potential Customer", "Account", "Customer", "Contact"),
                "closed_at": (
                    col("Actual Close Date", "actualclosedate"),
                    WhenClosed(
                        ("Close Date", "Est. Close Date"), ("Status", "Status Reason"), {"Won": True, "Lost": False}
                    ),
                ),
                "is_won": Outcome(
                    ("Status", "State", "Status Reason"), {"Won": True, "Lost": False, "Canceled": False}
                ),
                "amount": (
                    Sql(
                        "coalesce({0}, {1})",
                        ("Actual Revenue", "Est. Revenue|Estimated Revenue"),
                        "the actual revenue, else the estimate",
                    ),
                    col("Actual Revenue", "Est. Revenue", "Estimated Revenue", "Total Amount"),
                ),
                "currency": col("Currency"),
                "owner_id": col("Owner"),
                "campaign_id": col("Source Campaign", "Campaign"),
            },
            add={"created_at": "add Created On to the view before the export (Dynamics 365: Edit columns)"},
        ),
    ),
)

# ------------------------------------------------------------------------------------------------------------- Zoho CRM

_ZOHO_STAGE = ("Stage", "Étape", "Phase")
_ZOHO_WORDS = {
    "Closed Won": True,
    "Closed Lost": False,
    "Closed-Lost to Competition": False,
    "Closed Lost to Competition": False,
}
_ZOHO = Shape(
    product="Zoho CRM",
    kind="deals",
    source="zoho",
    marks=(
        "Record Id",
        "Deal Name",
        "Account Name",
        "Closing Date",
        "Deal Owner",
        "Created Time",
        "Modified Time",
        "Stage",
        "Account Name.id",
        "Deal Owner.id",
        "Expected Revenue",
        "Lead Source",
        "Nom de la transaction",
        "Date de fermeture",
    ),
    must=("Closing Date", "Stage|Étape"),
    never=("StageName",),
    zone="Zoho CRM exports in the time zone of the user",
    fills=(
        Fill(
            "deal",
            {
                "deal_id": col("Record Id", "Deal Id", "Id", "ID"),
                "created_at": col("Created Time"),
                "customer_id": col("Account Name.id", "Account Id", "Account Name", "Contact Name.id", "Contact Name"),
                "closed_at": WhenClosed(("Closing Date",), _ZOHO_STAGE, _ZOHO_WORDS),
                "is_won": Outcome(_ZOHO_STAGE, _ZOHO_WORDS),
                "amount": col("Amount"),
                "currency": col("Currency"),
                "deal_type": Words(("Type",), _DEAL_TYPES),
                "owner_id": col("Deal Owner.id", "Deal Owner"),
                "campaign_id": col("Campaign Source.id", "Campaign Source"),
            },
            add={"created_at": "add Created Time to the export (Zoho CRM: Setup > Data Administration > Export)"},
        ),
    ),
)

# ----------------------------------------------------------------------------------------------------------- Freshsales

_FRESH_STAGE = ("Deal stage", "Stage", "Deal stage name")
_FRESHSALES = Shape(
    product="Freshsales",
    kind="deals",
    source="freshsales",
    marks=(
        "Deal value",
        "Deal stage",
        "Sales owner",
        "Closed date",
        "Expected close date",
        "Deal pipeline",
        "Deal reason",
        "Deal value in Base Currency Value",
        "Related account",
        "Deal name",
        "Created at",
    ),
    must=("Deal value|Deal value in Base Currency Value", "Deal stage"),
    never=("Deal - Value",),
    fills=(
        Fill(
            "deal",
            {
                "deal_id": col("ID", "Id", "Deal ID", "Record ID"),
                "created_at": col("Created at", "Created At"),
                "customer_id": col(
                    "Account ID", "Related account", "Account name", "Sales account", "Related contacts"
                ),
                "closed_at": (
                    WhenClosed(("Closed date", "Closed Date"), _FRESH_STAGE, {"Won": True, "Lost": False}),
                    WhenClosed(("Expected close date",), _FRESH_STAGE, {"Won": True, "Lost": False}),
                ),
                "is_won": Outcome(_FRESH_STAGE, {"Won": True, "Lost": False}),
                "amount": col("Deal value", "Amount", "Deal value in Base Currency Value"),
                "currency": col("Currency", "Deal currency"),
                "owner_id": col("Sales owner", "Owner", "Sales owner email"),
                "campaign_id": col("Campaign"),
            },
        ),
    ),
)

# ------------------------------------------------------------------------------------------------------------ Pipedrive

_STATUS = ("Deal - Status", "Status", "Affaire - Statut", "Deal - Status ", "Trato - Estado", "Negócio - Status")
_STATUS_WORDS = {"Won": True, "Lost": False, "Gagnée": True, "Perdue": False}
_PIPEDRIVE = Shape(
    product="Pipedrive",
    kind="deals",
    source="pipedrive",
    marks=(
        "Deal - Title",
        "Deal - Value",
        "Deal - Status",
        "Deal - Owner",
        "Deal - Won time",
        "Deal - Lost time",
        "Deal - Deal created",
        "Deal - Creation date",
        "Deal - Deal closed on",
        "Deal - Closed on",
        "Deal - ID",
        "Deal - Pipedrive System ID",
        "Affaire - Titre",
        "Affaire - Valeur",
        "Affaire - Statut",
        "Affaire - Date de gain",
    ),
    must=("Deal - Status|Affaire - Statut|Deal - Won time|Affaire - Date de gain",),
    least=2,
    zone="Pipedrive exports in UTC or in the time zone of the user: compare one deal",
    fills=(
        Fill(
            "deal",
            {
                "deal_id": col(
                    "Deal - ID", "Deal - Pipedrive System ID", "Affaire - ID", "Affaire - Identifiant système Pipedrive"
                ),
                "created_at": col(
                    "Deal - Deal created",
                    "Deal - Creation date",
                    "Deal - Created",
                    "Deal - Add time",
                    "Affaire - Affaire créée",
                    "Affaire - Date de création",
                    "Affaire - Affaire créée le",
                ),
                "customer_id": col(
                    "Deal - Organization ID",
                    "Organization - ID",
                    "Deal - Organization",
                    "Organization",
                    "Organization - Name",
                    "Affaire - Organisation",
                    "Organisation",
                    "Deal - Contact person",
                    "Contact person",
                    "Person - Name",
                    "Affaire - Personne à contacter",
                ),
                "closed_at": (
                    col(
                        "Deal - Deal closed on",
                        "Deal - Closed on",
                        "Deal - Close time",
                        "Affaire - Affaire close le",
                        "Affaire - Date de clôture",
                    ),
                    Sql(
                        "coalesce({0}, {1})",
                        (
                            "Deal - Won time|Affaire - Date de gain",
                            "Deal - Lost time|Affaire - Heure de l'échec|Affaire - Date de perte",
                        ),
                    ),
                    col("Deal - Won time", "Affaire - Date de gain"),
                ),
                "is_won": Outcome(_STATUS, _STATUS_WORDS),
                "amount": col("Deal - Value", "Affaire - Valeur"),
                "currency": col(
                    "Deal - Currency of Value", "Deal - Currency", "Affaire - Devise de Valeur", "Affaire - Devise"
                ),
                "owner_id": col("Deal - Owner", "Affaire - Propriétaire"),
            },
            add={
                "created_at": "add 'Deal created' to the columns of the list before the export (Pipedrive: the wheel at the right)",
                "deal_id": "add 'ID' to the columns of the list before the export (Pipedrive: the wheel at the right)",
            },
            where=(("lower(trim(coalesce({0}, ''))) <> 'deleted'", ("Deal - Status|Affaire - Statut",)),),
        ),
    ),
)

CRM = (_OPPORTUNITY, _LEAD, _ACCOUNT, _CASE, _SALESFORCE_HISTORY, _DYNAMICS, _ZOHO, _FRESHSALES, _PIPEDRIVE)
