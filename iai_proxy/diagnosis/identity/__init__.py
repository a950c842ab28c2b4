"""Who is who between a request and the answer that it continues.

Three things tell: the agent's state, its recurrent state and its sizes, each sent back as it was
answered by a client that does nothing wrong. Where one of them disagrees with the others, it is the
one that was mixed up. So a swap of the recurrent states alone is told from a swap of the agents,
which the recurrent states alone (lineage) can't do.

Nearly always nothing differs, and that costs two comparisons of lists. The work for single agents
is done only where something differs, once for all checks: :func:`compared` keeps what it last
found.
"""

from iai_proxy.diagnosis.identity.comparison import Comparison
from iai_proxy.diagnosis.identity.recall import compared

__all__ = ["Comparison", "compared"]
