# ruff: noqa: E501 - lists of headers are read best on few lines
"""Microsoft Dynamics 365, Zoho CRM, Freshsales and Pipedrive."""

from pipelines.sources.files.propose.shapes.salesforce import DEAL_TYPES
from pipelines.sources.files.propose.shapes.shape import Fill, Filled, Outcome, Shape, Sql, WhenClosed, Words, col

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
                    Filled(
                        ("Actual Revenue", "Est. Revenue|Estimated Revenue"),
                        why="the actual revenue, else the estimate",
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
                "deal_type": Words(("Type",), DEAL_TYPES),
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

CRM = (_DYNAMICS, _ZOHO, _FRESHSALES, _PIPEDRIVE)
