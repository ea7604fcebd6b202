"""The HTTP session of a vendor's API: paced, repeated while that may help, with failures in words."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import sleep
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

import requests
from dlt.sources.helpers.rest_client.client import RESTClient
from requests.auth import AuthBase

from pipelines.sources.rest.errors import ApiError, CredentialsError, ForbiddenError, LaterError, MissingError
from pipelines.sources.rest.pace import Pace, RateLimit
from pipelines.sources.rest.retry import ATTEMPTS, GiveUp, after_failure, may_work_later

# Seconds until a connection is made, and between two pieces of an answer.
_TIMEOUT = (10.0, 60.0)
_TEMPORARY = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
_WITHOUT_CONTENT = frozenset({204, 304})


@runtime_checkable
class Renewable(Protocol):
    """Credentials that can be renewed, such as an OAuth access token."""

    def renew(self) -> None:
        """Obtains a new token; raises CredentialsError if that is refused."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """What is known of a vendor's API.

    `limits` are the rates it allows: a request counts for each whose text is part of its path. `remedy` says what a
    person does when the credentials are refused.
    """

    name: str
    limits: Sequence[tuple[str, RateLimit]]
    remedy: str


class VendorSession(requests.Session):
    """Sends requests within the vendor's rates, and again where that may help.

    Every answer that it returns is of use: a failure is an ApiError.
    """

    def __init__(self, vendor: Vendor, auth: AuthBase, wait: Callable[[float], None] = sleep) -> None:
        super().__init__()
        self._vendor = vendor
        self._credentials = auth
        self._wait = wait
        self._paces = [(part, Pace([limit], sleep=wait)) for part, limit in vendor.limits]

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Returns the answer to a request.

        Raises:
            CredentialsError: 401, also after the credentials were renewed, or 403 (ForbiddenError).
            MissingError: 404 or 410.
            LaterError: no answer after all attempts, or the vendor asks for a long wait.
            ApiError: the vendor refuses the request.
        """
        options.setdefault("timeout", _TIMEOUT)
        path = urlsplit(str(request.url)).path
        is_renewed, attempt = False, 0
        while True:
            attempt += 1
            answer: requests.Response | None = None
            try:
                answer = self._paced(request, path, options)
                if answer.status_code < 400:
                    return _checked(answer)
                problem = f"HTTP {answer.status_code}"
            except requests.HTTPError as error:
                answer = error.response
                problem = f"HTTP {answer.status_code}"
            except _TEMPORARY as error:
                problem = f"the connection failed ({type(error).__name__})"
            except json.JSONDecodeError:
                problem = "the answer was cut off or is no JSON"
            if answer is not None and answer.status_code >= 400:
                if answer.status_code == 401 and not is_renewed and isinstance(self._credentials, Renewable):
                    is_renewed = True
                    self._credentials.renew()
                    self._credentials(request)
                    continue
                if not _is_temporary(answer):
                    raise self._refusal(answer.status_code, path)
            headers = None if answer is None else {name.lower(): value for name, value in answer.headers.items()}
            jitter = random.random()  # noqa: S311 - spreads requests, keeps no secret
            is_too_fast = answer is not None and answer.status_code == 429
            decision = after_failure(
                attempt, datetime.now(UTC), jitter=jitter, headers=headers, is_too_fast=is_too_fast
            )
            if isinstance(decision, GiveUp):
                raise self._later(decision, path, problem)
            self._wait(decision.seconds)

    def _paced(self, request: requests.PreparedRequest, path: str, options: dict[str, Any]) -> requests.Response:
        paces = [pace for part, pace in self._paces if part in path]
        for pace in paces:
            pace.wait()
        try:
            return super().send(request, **options)
        finally:
            for pace in paces:
                pace.count()

    def _refusal(self, status: int, path: str) -> ApiError:
        # What a vendor says may repeat a secret: the status and the path say enough.
        said = f"{self._vendor.name} refuses {path} (HTTP {status})"
        if status in {401, 403}:
            kind = CredentialsError if status == 401 else ForbiddenError
            return kind(f"{said}: {self._vendor.remedy}")
        if status in {404, 410}:
            return MissingError(f"{said}: there is no such object")
        return ApiError(f"{said}: the API may have changed; look for a newer version of Vigie, or report it")

    def _later(self, decision: GiveUp, path: str, problem: str) -> LaterError:
        said = f"{self._vendor.name} did not answer {path}: {problem}"
        if decision.seconds is not None:
            return LaterError(
                f"{said}; it asks to wait {decision.seconds / 60:.0f} minutes. The next run goes on from here"
            )
        return LaterError(f"{said}, after {ATTEMPTS} attempts. The next run goes on from here")


def open_client(vendor: Vendor, base_url: str, auth: AuthBase, headers: dict[str, str] | None = None) -> RESTClient:
    """Returns dlt's REST client for a vendor's API; its requests and pages go through a `VendorSession`."""
    return RESTClient(base_url, headers=headers, auth=auth, session=VendorSession(vendor, auth))


def _checked(answer: requests.Response) -> requests.Response:
    """Returns an answer that can be used: an empty one as `null`; raises JSONDecodeError for one that was cut off."""
    if answer.status_code in _WITHOUT_CONTENT or not answer.content.strip():
        answer._content = b"null"
    else:
        json.loads(answer.content)
    return answer


def _is_temporary(answer: requests.Response) -> bool:
    """Whether the same request may succeed later; some vendors refuse what is too fast with 403 or 400."""
    if may_work_later(answer.status_code):
        return True
    return answer.status_code == 403 and "limit" in answer.text[:2_000].lower()
