"""The exports of known products: one module a family of vendors declares what their headers are and what they fill."""

from pipelines.sources.files.propose.shapes.connectors import CONNECTORS
from pipelines.sources.files.propose.shapes.crm import CRM
from pipelines.sources.files.propose.shapes.helpdesk import HELPDESK
from pipelines.sources.files.propose.shapes.hubspot import HUBSPOT
from pipelines.sources.files.propose.shapes.mailing import MAILING
from pipelines.sources.files.propose.shapes.salesforce import SALESFORCE
from pipelines.sources.files.propose.shapes.shape import Shape
from pipelines.sources.files.propose.shapes.web import WEB

SHAPES: tuple[Shape, ...] = (*HUBSPOT, *SALESFORCE, *CRM, *HELPDESK, *MAILING, *WEB, *CONNECTORS)

__all__ = ["SHAPES", "Shape"]
