"""The demo company, Atelier Lumen: three years of a lamp maker's CRM, shop, help desk and newsletter, as files.

`write` makes them, always the same for the same seed; `settings/` of this repository reads them.
"""

from demo.facts import Control, DemoFacts, Incident
from demo.generator import CUSTOMERS, FACTS_FILE, SEED, DemoError, write
from demo.story import NOW

__all__ = ["CUSTOMERS", "FACTS_FILE", "NOW", "SEED", "Control", "DemoError", "DemoFacts", "Incident", "write"]
