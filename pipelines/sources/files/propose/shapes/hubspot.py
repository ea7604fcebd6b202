"""HubSpot's exports from its index pages, and the tables that connectors copy from its API."""

from pipelines.sources.files.propose.shapes.shape import (
    After,
    Fill,
    First,
    Outcome,
    Shape,
    WhenClosed,
    Words,
    col,
)

_STAGE = ("Deal Stage", "Phase de la transaction", "Étape de la transaction", "dealstage")
_WON = {"Closed Won": True, "Closed Lost": False, "closedwon": True, "closedlost": False}
_COLUMNS = "HubSpot: Export > Customize > include all properties, or add this column to the view"
_ZONE = "HubSpot exports in the time zone of the account or of the user who exports"

_DEALS = Shape(
    product="HubSpot",
    kind="deals",
    source="hubspot",
    marks=(
        "Record ID",
        "Deal Name",
        "Deal Stage",
        "Close Date",
        "Deal owner",
        "Amount",
        "Pipeline",
        "Create Date",
        "Deal Type",
        "Associated Company",
        "Associated Company IDs",
        "Nom de la transaction",
        "Montant",
        "Phase de la transaction",
        "Propriétaire de la transaction",
        "Date de fermeture",
        "Date de création",
        "ID d'enregistrement",
        "ID de fiche d'informations",
    ),
    must=(
        "Deal Name|Deal Stage|Nom de la transaction|Phase de la transaction",
        "Record ID|Deal owner|Deal ID|ID d'enregistrement|ID de fiche d'informations|Propriétaire de la transaction",
    ),
    never=("Deal - Title",),
    zone=_ZONE,
    fills=(
        Fill(
            "deal",
            {
                "deal_id": col(
                    "Record ID", "Deal ID", "Record ID - Deal", "ID d'enregistrement", "ID de fiche d'informations"
                ),
                "created_at": col("Create Date", "Date de création", "Created date"),
                "customer_id": (
                    First(
                        (
                            "Associated Company IDs (Primary)",
                            "Associated Company IDs",
                            "Associated Company ID",
                            "Primary Associated Company ID",
                            "ID de l'entreprise associée",
                        )
                    ),
                    First(("Associated Contact IDs", "Associated Contact ID", "ID du contact associé")),
                    First(
                        (
                            "Associated Company (Primary)",
                            "Associated Company",
                            "Primary Associated Company",
                            "Entreprise associée",
                        )
                    ),
                    First(("Associated Contact", "Contact associé")),
                ),
                "closed_at": WhenClosed(("Close Date", "Date de fermeture", "Closed date"), _STAGE, _WON),
                "is_won": Outcome(_STAGE, _WON),
                "amount": col(
                    "Amount", "Montant", "Amount in company currency", "Montant dans la devise de l'entreprise"
                ),
                "currency": col("Currency", "Devise"),
                "deal_type": Words(
                    ("Deal Type", "Type de transaction"),
                    {
                        "New Business": "new",
                        "newbusiness": "new",
                        "Existing Business": "upsell",
                        "existingbusiness": "upsell",
                        "Nouvelle affaire": "new",
                        "Renewal": "renewal",
                        "Affaire existante": "upsell",
                    },
                    "existing business counts as upsell",
                ),
                "owner_id": col("Deal owner", "Propriétaire de la transaction", "Owner"),
            },
            add={"created_at": f"add Create Date to the export ({_COLUMNS})"},
        ),
    ),
)

_TICKETS = Shape(
    product="HubSpot",
    kind="tickets",
    source="hubspot",
    marks=(
        "Ticket ID",
        "Ticket name",
        "Create date",
        "Close date",
        "Ticket owner",
        "Ticket status",
        "Pipeline",
        "Category",
        "Ticket description",
        "Source",
        "Priority",
        "Nom du ticket",
        "Statut du ticket",
        "Propriétaire du ticket",
    ),
    must=("Ticket name|Nom du ticket", "Ticket status|Ticket owner|Statut du ticket|Propriétaire du ticket"),
    zone=_ZONE,
    fills=(
        Fill(
            "ticket",
            {
                "ticket_id": col("Ticket ID", "Record ID", "ID d'enregistrement", "ID du ticket"),
                "created_at": col("Create date", "Date de création"),
                "customer_id": First(
                    ("Associated Contact IDs", "Associated Company IDs", "Associated Company IDs (Primary)")
                ),
                "email": First(("All associated contact emails", "Associated Contact Email", "Contact email")),
                "channel": col("Source", "Source du ticket", "Origin"),
                "priority": col("Priority", "Priorité"),
                "category": col("Category", "Catégorie"),
                "team": col("HubSpot Team", "Ticket team", "Équipe HubSpot"),
                "agent_id": col("Ticket owner", "Propriétaire du ticket"),
                "first_response_at": (
                    col("First agent email response date", "First agent reply date"),
                    After(
                        (
                            "Time to first agent email reply (HH:mm:ss)",
                            "Time to First Agent Email Reply",
                            "Time to first agent email reply",
                            "Time to first response (HH:mm:ss)",
                        ),
                        "created_at",
                    ),
                ),
                "resolved_at": col(
                    "Close date", "Date de fermeture", why="HubSpot has no other date of the resolution"
                ),
                "closed_at": col("Close date", "Date de fermeture"),
                "status": col("Ticket status", "Statut du ticket"),
                "agent_reply_count": col("Number of times contacted"),
                "updated_at": col("Last modified date", "Last Modified Date"),
            },
            add={"created_at": f"add Create date to the export ({_COLUMNS})"},
        ),
    ),
)

HUBSPOT = (_DEALS, _TICKETS)
