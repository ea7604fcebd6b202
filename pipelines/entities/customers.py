"""Customers and contacts."""

from pipelines.entities.entity import Column, Entity

CUSTOMER = Entity(
    "customer",
    "A customer or contact as one system records it.",
    (
        Column("customer_id", "text", "Id of the record in the source.", required=True, example="C-1042"),
        Column(
            "email",
            "text",
            "E-mail address; records with the same address are one customer.",
            example="ada@example.com",
        ),
        Column("name", "text", "Name of the person or company.", example="Ada Lovelace"),
        Column("country", "text", "Country, as the source writes it.", example="FR"),
        Column("segment", "text", "Customer segment, such as consumer or enterprise.", example="enterprise"),
        Column(
            "acquisition_channel",
            "text",
            "Marketing channel through which the customer was won.",
            example="paid search",
        ),
        Column("created_at", "timestamp", "When the record was created.", example="2025-03-14T09:30:00Z"),
        Column(
            "became_customer_at", "timestamp", "When the contact became a customer.", example="2025-04-02T16:05:00Z"
        ),
        Column(
            "churned_at",
            "timestamp",
            "When the customer left; empty while the customer stays.",
            example="2026-01-31T00:00:00Z",
        ),
        Column("owner_id", "text", "Id of the agent who is responsible for the customer.", example="A-7"),
        Column("referred_by", "text", "Id of the customer who referred this one.", example="C-0917"),
        Column("updated_at", "timestamp", "When the record was last changed.", example="2025-11-03T08:12:45Z"),
        Column("merged_into", "text", "Id of the record into which the source merged this one.", example="C-1001"),
    ),
    ("customer_id",),
    version="updated_at",
    is_reference=True,
)
