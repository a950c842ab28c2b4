"""The refusal of a well-formed request."""


class RequestRefusedError(Exception):
    """Answered with status 422, which the SDK raises as ``InvalidRequestError``."""
