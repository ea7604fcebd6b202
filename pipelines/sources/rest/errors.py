"""What can keep a vendor's API from answering, in words for the operator and without secrets."""


class ApiError(Exception):
    """A request failed for good; the message says what happened and what to do."""


class CredentialsError(ApiError):
    """The vendor refuses the credentials, also after they were renewed."""


class ForbiddenError(CredentialsError):
    """The credentials are valid and do not allow this (403): a scope or a right is missing."""


class LaterError(ApiError):
    """The vendor does not answer for now; a later pass goes on where this one ended."""


class MissingError(ApiError):
    """There is no such object (404, 410)."""
