"""The BG/NBD model of repeat purchases: Fader, Hardie and Lee, "Counting Your Customers" the Easy Way (2005).

A customer buys at a constant rate of his own until he leaves for good, which he may do after each purchase. The rates
follow a gamma distribution (r, alpha), the probabilities of leaving a beta distribution (a, b). Times may have any
unit; alpha has the same one.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from pipelines.customer_value.estimation import NoEstimateError, Numbers, maximise

# Steps of the integral over the probability of leaving. They keep ten digits up to thousands of purchases, where the
# hypergeometric function of the published formula overflows.
_STEP = 1 / 16
_REACH = 10.0
_STRETCH = 0.5


@dataclass(frozen=True, slots=True)
class PurchaseModel:
    """The parameters of a BG/NBD model.

    In its methods, `frequency` is the number of repeat purchases of each customer, `recency` the time from the first
    purchase to the last one (0 without repeat purchases), `age` the time from the first purchase until now.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def probability_alive(self, frequency: Numbers, recency: Numbers, age: Numbers) -> Numbers:
        """Returns the probability that each customer has not left; 1 without repeat purchases."""
        shape = self.r + frequency
        odds_of_leaving = (
            np.log(self.a)
            - np.log(self.b + np.maximum(frequency, 1) - 1)
            + shape * (np.log(self.alpha + age) - np.log(self.alpha + recency))
        )
        probability: Numbers = np.where(frequency > 0, special.expit(-odds_of_leaving), 1.0)
        return probability

    def expected_purchases(self, frequency: Numbers, recency: Numbers, age: Numbers, horizon: float) -> Numbers:
        """Returns the expected number of purchases of each customer within `horizon` from now."""
        pairs, position = np.unique(np.column_stack((frequency, age)), axis=0, return_inverse=True)
        if_alive = np.array([self._expected_if_alive(count, time, horizon) for count, time in pairs])
        expected: Numbers = self.probability_alive(frequency, recency, age) * if_alive[position.reshape(-1)]
        return expected

    def _expected_if_alive(self, frequency: float, age: float, horizon: float) -> float:
        """Returns the expected purchases of a customer who has not left, an integral over the probability of leaving.

        With the probability p, the gamma distributed rate gives (1 - (1 + p u) ** -(r + x)) / p purchases, where
        u = horizon / (alpha + age); p itself follows a beta distribution (a, b + x).
        """
        shape, leaving, staying = self.r + frequency, self.a, self.b + frequency
        steps = np.arange(-_REACH, _REACH + _STEP / 2, _STEP)
        # p = 1 / (1 + exp(-s)) runs from 0 to 1; sinh puts most of the steps where the beta distribution is.
        s = np.log(leaving / staying) + _STRETCH * np.sinh(steps)
        log_p = -np.logaddexp(0, -s)
        log_density = leaving * log_p - staying * np.logaddexp(0, s) - special.betaln(leaving, staying)
        weights = np.exp(log_density) * _STRETCH * np.cosh(steps) * _STEP
        p = np.exp(np.maximum(log_p, -600.0))
        purchases = -np.expm1(-shape * np.log1p(p * horizon / (self.alpha + age))) / p
        # The weights add up to 1 but for rounding, which large numbers of purchases show.
        return float((weights * purchases).sum() / weights.sum())


def fit_purchases(frequency: Numbers, recency: Numbers, age: Numbers) -> PurchaseModel:
    """Returns the model with the highest likelihood for customers as of `PurchaseModel`.

    Raises:
        NoEstimateError: the data do not determine the parameters, say because nobody bought twice.
        ValueError: a recency is negative or above the age, or does not fit the frequency.
    """
    if (
        np.any(frequency < 0)
        or np.any(recency < 0)
        or np.any(recency > age)
        or np.any((frequency > 0) != (recency > 0))
    ):
        raise ValueError("customers need 0 <= recency <= age, and a recency above 0 exactly if they bought again")
    if not np.any(frequency > 0):
        raise NoEstimateError("nobody bought again")
    # In tenths of the mean age, alpha is of the order of 1, whatever the unit of time.
    unit = float(age.mean()) / 10
    rows, counts = np.unique(np.column_stack((frequency, recency / unit, age / unit)), axis=0, return_counts=True)
    x, last, until = rows.T
    customers = counts.astype(np.float64)

    def likelihood(parameters: Numbers) -> tuple[float, Numbers]:
        return _log_likelihood(parameters, x, last, until, customers)

    parameters, value = maximise(likelihood, np.ones(4), len(frequency))
    r, alpha, a, b = map(float, parameters)
    # Each repeat purchase and each silence is a density over time: the unit changes the likelihood by a constant.
    return PurchaseModel(r, alpha * unit, a, b, value - float(frequency.sum() * np.log(unit)))


def _log_likelihood(
    parameters: Numbers, frequency: Numbers, recency: Numbers, age: Numbers, counts: Numbers
) -> tuple[float, Numbers]:
    """Returns the log-likelihood of equation 6 in the paper, and its slopes; `counts` are the customers of each row."""
    r, alpha, a, b = parameters
    shape, bought_again = r + frequency, frequency > 0
    # A customer who never bought again has not left: the model lets him leave after a repeat purchase only.
    before = b + np.maximum(frequency, 1) - 1
    log_age, log_recency = np.log(alpha + age), np.log(alpha + recency)
    alive = -shape * log_age
    gone = np.where(bought_again, np.log(a) - np.log(before) - shape * log_recency, -np.inf)
    both = np.logaddexp(alive, gone)
    common = (
        special.gammaln(shape) - special.gammaln(r) + r * np.log(alpha)
        + special.gammaln(a + b) + special.gammaln(b + frequency)
        - special.gammaln(b) - special.gammaln(a + b + frequency)
    )  # fmt: skip
    is_gone = np.exp(gone - both)
    is_alive = np.exp(alive - both)
    leaving = special.psi(a + b) - special.psi(a + b + frequency)
    slopes = np.stack(
        (
            special.psi(shape) - special.psi(r) + np.log(alpha) - is_alive * log_age - is_gone * log_recency,
            r / alpha - shape * (is_alive / (alpha + age) + is_gone / (alpha + recency)),
            leaving + is_gone / a,
            leaving + special.psi(b + frequency) - special.psi(b) - np.where(bought_again, is_gone / before, 0.0),
        )
    )
    return float((counts * (common + both)).sum()), slopes @ counts
