# ruff: noqa: E501 - lists of headers are read best on few lines
"""HubSpot's exports from its index pages, and the tables that connectors copy from its API."""

from pipelines.sources.files.propose.shapes.shape import (
    After,
    Fill,
    First,
    Outcome,
    Shape,
    Sql,
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

_COMPANY = Fill(
    "customer",
    {
        "customer_id": Sql(
            "'company-' || {0}", ("Record ID - Company",), "companies and contacts have ids of their own in HubSpot"
        ),
        "name": col("Company name", "Company Name"),
        "country": col("Country/Region", "Country"),
        "created_at": col("Create Date_1", "Create Date - Company"),
        "owner_id": col("Company owner"),
    },
    needs=("Record ID - Company",),
    where=(("{0} is not null", ("Record ID - Company",)),),
)
_CONTACT_ID = col("Record ID - Contact", "Record ID", "Contact ID", "ID d'enregistrement", "ID de fiche d'informations")
_CONTACTS = Shape(
    product="HubSpot",
    kind="contacts",
    source="hubspot",
    marks=(
        "Record ID",
        "Record ID - Contact",
        "First Name",
        "Last Name",
        "Email",
        "Contact owner",
        "Lead Status",
        "Create Date",
        "Marketing contact status",
        "Original Source",
        "Original Traffic Source",
        "Lifecycle Stage",
        "Became a Customer Date",
        "First Conversion",
        "Company Name",
        "Number of Associated Deals",
        "Associated Company",
        "Prénom",
        "Nom",
        "Propriétaire du contact",
        "ID d'enregistrement",
        "Date de création",
        "Phase du cycle de vie",
    ),
    must=(
        "Record ID|Record ID - Contact|Contact ID|ID d'enregistrement|ID de fiche d'informations",
        "Contact owner|Lead Status|Marketing contact status|Original Source|Original Traffic Source|Lifecycle Stage|First Conversion|"
        "Propriétaire du contact|Phase du cycle de vie|Became a Customer Date",
    ),
    never=("Deal Name", "Ticket name"),
    zone=_ZONE,
    fills=(
        Fill(
            "customer",
            {
                "customer_id": _CONTACT_ID,
                "email": col("Email", "E-mail", "Work email"),
                "name": col("Full name", "Last Name", "Nom", "Last name", "Nom de famille"),
                "country": col("Country/Region", "Country", "Pays/Région", "Pays"),
                "segment": col("Lifecycle Stage", "Phase du cycle de vie", "Customer segment"),
                "acquisition_channel": col(
                    "Original Source", "Original Traffic Source", "Source d'origine", "Original Source Type"
                ),
                "created_at": col("Create Date", "Date de création"),
                "became_customer_at": col(
                    "Became a Customer Date", "Became a customer date", "Date de transformation en client"
                ),
                "owner_id": col("Contact owner", "Propriétaire du contact"),
                "updated_at": col("Last Modified Date"),
            },
            where=(("{0} is not null", ("Record ID - Contact",)),),
        ),
        Fill(
            "lead",
            {
                "lead_id": _CONTACT_ID,
                "created_at": col("Create Date", "Date de création"),
                "email": col("Email", "E-mail", "Work email"),
                "channel": col("Original Source", "Original Traffic Source", "Source d'origine"),
                "converted_at": col(
                    "Became a Customer Date", "Became a customer date", "Date de transformation en client"
                ),
                "owner_id": col("Contact owner", "Propriétaire du contact"),
                "country": col("Country/Region", "Country", "Pays/Région", "Pays"),
            },
            needs=(
                "Became a Customer Date|Date de transformation en client|Lead Status|Original Source|Original Traffic Source",
                "Create Date|Date de création",
            ),
            where=(("{0} is not null", ("Record ID - Contact",)),),
            note="Each contact as a lead. A lead counts as converted when its person becomes a customer: by Became a Customer Date"
            " if the export has it, else by the first won deal or order. Remove this table if contacts are not leads.",
        ),
        _COMPANY,
    ),
)
_COMPANIES = Shape(
    product="HubSpot",
    kind="companies",
    source="hubspot",
    marks=(
        "Record ID",
        "Company name",
        "Company owner",
        "Company Domain Name",
        "Create Date",
        "Industry",
        "Number of Employees",
        "Lifecycle Stage",
        "Nom de l'entreprise",
        "Propriétaire de l'entreprise",
    ),
    must=(
        "Record ID|ID d'enregistrement",
        "Company name|Nom de l'entreprise",
        "Company owner|Company Domain Name|Propriétaire de l'entreprise",
    ),
    never=("Deal Name", "Email", "First Name", "Record ID - Contact"),
    zone=_ZONE,
    fills=(
        Fill(
            "customer",
            {
                "customer_id": col("Record ID", "ID d'enregistrement"),
                "name": col("Company name", "Nom de l'entreprise"),
                "country": col("Country/Region", "Pays/Région"),
                "segment": col("Lifecycle Stage", "Industry", "Type"),
                "created_at": col("Create Date", "Date de création"),
                "became_customer_at": col("Became a Customer Date"),
                "owner_id": col("Company owner", "Propriétaire de l'entreprise"),
            },
        ),
    ),
)

HUBSPOT = (_DEALS, _TICKETS, _CONTACTS, _COMPANIES)
