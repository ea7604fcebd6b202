"""Customers and contacts."""

from pipelines.entities.entity import Column, Entity

CUSTOMER = Entity(
    "customer",
    "A customer or contact as one system records it.",
    (
        Column("customer_id", "text", "Id of the record in the source.", required=True),
        Column("email", "text", "E-mail address; records with the same address are one customer."),
        Column("name", "text", "Name of the person or company."),
        Column("country", "text", "Country, as the source writes it."),
        Column("segment", "text", "Customer segment, such as consumer or enterprise."),
        Column("acquisition_channel", "text", "Marketing channel through which the customer was won."),
        Column("created_at", "timestamp", "When the record was created."),
        Column("became_customer_at", "timestamp", "When the contact became a customer."),
        Column("churned_at", "timestamp", "When the customer left; empty while the customer stays."),
        Column("owner_id", "text", "Id of the agent who is responsible for the customer."),
        Column("referred_by", "text", "Id of the customer who referred this one."),
        Column("updated_at", "timestamp", "When the record was last changed."),
        Column("merged_into", "text", "Id of the record into which the source merged this one."),
    ),
    ("customer_id",),
    version="updated_at",
    is_reference=True,
)
