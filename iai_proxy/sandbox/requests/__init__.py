"""Models of the requests that the sandbox reads, with the checks that the API makes.

The shapes are those of the Python SDK ``invertedai`` 0.0.22 (``api/*.py``, ``common.py``). Unknown
fields are kept. Lists by agent share one index, the agent's position in the call; lists over time
run from oldest to newest.
"""
