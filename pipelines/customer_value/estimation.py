"""Maximum likelihood for models whose parameters are all positive."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize

Numbers = npt.NDArray[np.float64]

# Likelihood and its slopes for parameters: the slopes are with respect to the parameters themselves.
Likelihood = Callable[[Numbers], tuple[float, Numbers]]

# The search is on the logarithms of the parameters. Customers who are all alike lead to the border: at exp(7) they
# differ by some 3 %, at exp(-6) next to none leaves, which is as good as not at all.
_LOWEST, _HIGHEST = -6.0, 7.0
# The search is started again where it ended: it then knows nothing of the slopes on its way there.
_STARTS = 3
_FLAT = 0.01


class NoEstimateError(Exception):
    """The data do not determine the parameters of a model; the message says why."""


def maximise(likelihood: Likelihood, start: Numbers, customers: int) -> tuple[Numbers, float]:
    """Returns the positive parameters with the highest log-likelihood, and that log-likelihood.

    The same data always give the same parameters: the search has one start and no random numbers.

    Args:
        likelihood: returns the log-likelihood and its slopes; its parameters should be of the order of 1.
        start: where the search begins.
        customers: how many customers the likelihood is of.

    Raises:
        NoEstimateError: the search does not converge.
    """

    def negative(logarithms: Numbers) -> tuple[float, Numbers]:
        parameters = np.exp(logarithms)
        value, slopes = likelihood(parameters)
        return -value, -slopes * parameters

    found: Any = None
    for _ in range(_STARTS):
        found = optimize.minimize(
            negative,
            np.log(start) if found is None else found.x,
            jac=True,
            method="L-BFGS-B",
            bounds=[(_LOWEST, _HIGHEST)] * len(start),
            options={"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-7},
        )
        if not np.isfinite(found.fun):
            raise NoEstimateError("the likelihood is not finite")
    # By chance, a slope is of the order of the root of the number of customers: far less is no slope. What the search
    # says of itself is no answer, for it also ends where the likelihood is too steep to follow.
    is_outward = ((found.x <= _LOWEST) & (found.jac > 0)) | ((found.x >= _HIGHEST) & (found.jac < 0))
    if float(np.abs(np.where(is_outward, 0.0, found.jac)).max()) > _FLAT * float(np.sqrt(customers)):
        raise NoEstimateError("the search for the parameters does not converge")
    return np.exp(found.x), -float(found.fun)
