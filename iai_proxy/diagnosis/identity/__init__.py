"""Who is who between a request and the answer that it continues.

A client that does nothing wrong sends back each agent's state, recurrent state and sizes as they
were answered. Where one of the three disagrees with the others, that one was mixed up. So a swap of
the recurrent states alone differs from a swap of the agents, which lineage can't tell: it knows
recurrent states only.

Nearly always nothing differs, and that costs two comparisons of lists. The work for single agents
is done only where something differs, once for all checks: :func:`compared` keeps what it last
found.

    tracks        each agent's number all through a run, from observations
    recall        the latest answers, and which of them a request continues
    matching      for each agent of the request its position in that answer
    comparison    what a check asks of the two: newcomers, leavers, changed and reordered agents
    state_owners  whose state each agent has, where some were exchanged
    moved         agents that only changed places
    equality      when two states, or two agents' sizes, are equal
"""

from iai_proxy.diagnosis.identity.comparison import Comparison
from iai_proxy.diagnosis.identity.recall import compared

__all__ = ["Comparison", "compared"]
