"""A function over many items: in this process, in several, or on a cluster.

:func:`each` gives an :class:`Outcome` an item, in the order of the items, wherever they are worked
on. What goes wrong with an item is said in its outcome, and the others go on: an error that the
function raises, and a process that ends without an answer, again and again. A process that ended
by chance costs time alone, since its item is tried again in another.

The function is one of a module, or :func:`functools.partial` of one; items and results can be
pickled. Nothing else is sent: workers import the function from the iai-proxy that they have.
"""

from iai_proxy.jobs.each import each
from iai_proxy.jobs.outcome import Outcome, Tell
from iai_proxy.jobs.workers import Dask, Local, Workers

__all__ = ["Dask", "Local", "Outcome", "Tell", "Workers", "each"]
