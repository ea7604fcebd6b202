"""The demo company, Atelier Lumen: three years of a lamp maker's CRM, shop, help desk and newsletter, as files.

`write` generates the files, always the same ones for the same seed. `settings/` of this repository reads them.
"""

from demo.facts import ControlValue, DemoFacts, Incident
from demo.generator import CUSTOMERS, FACTS_FILE, SEED, DemoError, write
from demo.scenario import NOW

__all__ = ["CUSTOMERS", "FACTS_FILE", "NOW", "SEED", "ControlValue", "DemoError", "DemoFacts", "Incident", "write"]
