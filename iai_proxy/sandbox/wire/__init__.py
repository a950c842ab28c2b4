"""What travels between a client and the IAI API: pydantic models, one module an endpoint.

Source of every shape: the Python SDK ``invertedai`` 0.0.22 (``api/*.py``, ``common.py``). Two rules
hold for all:

* Unknown fields are kept (``extra="allow"``), so a field that the API adds tomorrow survives a
  round trip.
* Lists by agent share one index, the agent's place in the call; lists over time run from oldest to
  newest.

``wire.faults`` is the small language of ``--fault``: which calls the sandbox, or a replay, answers
wrongly on purpose.
"""
