"""Vigie watches customer-relationship KPIs."""
