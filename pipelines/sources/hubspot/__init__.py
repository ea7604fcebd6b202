"""HubSpot: contacts, deals, leads, tickets, owners, marketing e-mails and their events through the API."""
