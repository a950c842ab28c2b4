"""A stand-in for the IAI API, to develop and test against without a key. NOT the real model.

Inside out: ``lanes`` and ``maps`` are the world, ``vehicle``, ``following`` and ``lights`` say how
it moves, ``memory`` is what an agent's recurrent state holds. ``placement``, ``prediction`` and
``fault_finding`` answer the endpoints from these; all of that is pure. ``app`` speaks HTTP,
``server`` runs it.

The server is stateless: the answer is a function of the request's body and of
``SandboxSettings.seed``, bit for bit, whatever was asked before or is asked at the same time. What
goes on from one call to the next travels in the recurrent states, as with the real API.
"""
