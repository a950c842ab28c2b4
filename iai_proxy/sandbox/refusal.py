"""What the world says to a request that is well formed and yet can't be answered."""


class RequestRefusedError(Exception):
    """Answered with status 422, which the SDK raises as ``InvalidRequestError``. The text is a plain sentence."""
