"""Access tokens of OAuth apps, which are valid for some minutes and renewed with a token that stays."""

from collections.abc import Mapping

from requests import PreparedRequest
from requests.auth import AuthBase

from pipelines.sources.rest.errors import ApiError, CredentialsError, LaterError
from pipelines.sources.rest.session import Vendor, VendorSession


class RefreshedToken(AuthBase):
    """Signs requests with an access token; obtains one before the first request, and another one when it is refused."""

    def __init__(self, vendor: Vendor, address: str, form: Mapping[str, str]) -> None:
        """Keeps where a token comes from, and asks nothing yet.

        Args:
            vendor: the vendor.
            address: where tokens are issued.
            form: what is sent there; secrets are part of it.
        """
        self._vendor = vendor
        self._address = address
        self._form = dict(form)
        self._token: str | None = None

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Signs a request."""
        if self._token is None:
            self.renew()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def renew(self) -> None:
        """Obtains a new access token.

        Raises:
            CredentialsError: the vendor refuses the app or its refresh token.
            LaterError: it does not answer.
        """
        session = VendorSession(self._vendor, AuthBase())
        # Credentials of the machine's user for the host are none of this app.
        session.trust_env = False
        try:
            answer = session.post(self._address, data=self._form).json() or {}
        except LaterError:
            raise
        except ApiError as error:
            raise CredentialsError(
                f"{self._vendor.name} refuses to renew the access token: {self._vendor.remedy}"
            ) from error
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise CredentialsError(f"{self._vendor.name} gave no access token: {self._vendor.remedy}")
        self._token = token
        # Some vendors replace the refresh token at each use.
        replaced = answer.get("refresh_token")
        if "refresh_token" in self._form and isinstance(replaced, str) and replaced:
            self._form["refresh_token"] = replaced
