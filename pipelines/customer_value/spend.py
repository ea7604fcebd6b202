"""The gamma-gamma model of amounts: Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013).

The amounts of a customer vary around a mean of his own, and the means vary between customers. The model assumes that
the mean does not depend on how often a customer buys.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from pipelines.customer_value.estimation import NoEstimateError, Numbers, maximise


@dataclass(frozen=True, slots=True)
class SpendModel:
    """The parameters of a gamma-gamma model; gamma is an amount."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    def expected_amount(self, purchases: Numbers, mean_amount: Numbers) -> Numbers:
        """Returns the expected amount of a future purchase of each customer.

        It is between the mean amount of his own purchases and that of all customers: the fewer his purchases, the
        nearer to the latter. The mean amount of a customer without purchases is ignored.
        """
        own = np.where(purchases > 0, purchases * mean_amount, 0.0)
        expected: Numbers = self.p * (self.gamma + own) / (self.p * purchases + self.q - 1)
        return expected


def fit_spend(purchases: Numbers, mean_amount: Numbers) -> SpendModel:
    """Returns the model with the highest likelihood.

    Args:
        purchases: the number of purchases of each customer, at least 1.
        mean_amount: their mean amount, above 0.

    Raises:
        NoEstimateError: the data do not determine the parameters, or have no finite mean.
        ValueError: a number of purchases below 1, or an amount that is not positive.
    """
    if np.any(purchases < 1) or np.any(mean_amount <= 0):
        raise ValueError("customers need at least one purchase, and a mean amount above 0")
    if not len(purchases):
        raise NoEstimateError("there are no amounts")
    unit = float(mean_amount.mean())
    m = mean_amount / unit

    def likelihood(parameters: Numbers) -> tuple[float, Numbers]:
        p, q, gamma = parameters
        shape = p * purchases
        log_total, total = np.log(gamma + m * purchases), gamma + m * purchases
        value = (
            special.gammaln(shape + q) - special.gammaln(shape) - special.gammaln(q) + q * np.log(gamma)
            + (shape - 1) * np.log(m) + shape * np.log(purchases) - (shape + q) * log_total
        )  # fmt: skip
        slopes = (
            purchases * (special.psi(shape + q) - special.psi(shape) + np.log(m * purchases) - log_total),
            special.psi(shape + q) - special.psi(q) + np.log(gamma) - log_total,
            q / gamma - (shape + q) / total,
        )
        return float(value.sum()), np.stack(slopes).sum(axis=1)

    parameters, value = maximise(likelihood, np.array([1.0, 2.0, 1.0]), len(m))
    p, q, gamma = map(float, parameters)
    if q <= 1:
        raise NoEstimateError("the amounts differ too much between customers to have a mean")
    return SpendModel(p, q, gamma * unit, value - len(m) * float(np.log(unit)))
