"""A second, independent computation of the KPIs: from true records and published definitions, with pandas and no SQL.

It imports nothing of Vigie: each KPI is written down as the documents and the catalogue define it. One module a family.
"""

import pandas as pd

from tests.acceptance.oracle import (
    acquisition,
    advertising,
    attribution,
    campaigns,
    customer_value,
    data_quality,
    email,
    loyalty,
    repeat_buyers,
    revenue,
    sales,
    satisfaction,
    support,
    team,
)
from tests.acceptance.oracle.core import Calculation, Company
from tests.acceptance.oracle.definitions import COUNTS, KEY, NAMED_SEGMENTS
from tests.acceptance.oracle.periods import shift
from tests.acceptance.oracle.rfm import Rfm
from tests.acceptance.oracle.zeros import with_zeros

__all__ = ["COUNTS", "KEY", "NAMED_SEGMENTS", "Company", "expected_rows", "shift"]

_FAMILIES = (
    satisfaction, support, sales, revenue, loyalty, repeat_buyers, customer_value, email, team, advertising, acquisition,
    attribution, campaigns,
)  # fmt: skip


def expected_rows(
    frames: dict[str, pd.DataFrame], company: Company, delivered: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Returns every KPI row that the records and the definitions call for: one per KPI, grain, period and segment.

    `delivered` has the numbers of rows in the files of each source and entity: see `data_quality`.

    Where a row may also be absent (a KPI of events in a period without the event) `is_optional` is true. Where a
    definition allows several values (a percentile between two observations) `low` and `high` limit the value.
    """
    calculation = Calculation(frames, company)
    orders = revenue.sales(calculation)
    if company.rfm is not None and orders is not None:
        calculation.rfm = Rfm(orders, calculation.days(orders["at"]), company.rfm)
    for family in _FAMILIES:
        family.add_rows(calculation)
    if delivered is not None:
        data_quality.add_rows(calculation, frames, delivered)
    table = with_zeros(calculation.table(), company)
    assert not table.duplicated(KEY).any()
    return table
