"""A recording without what a stranger need not see, on which all else still works.

What is known is kept, moved or renamed; what is not known is removed. The same value becomes the
same value everywhere, so that requests still send back what answers gave.

    motion     where things are: turned by half a turn and shifted
    names      words that stand for others: ``place-a``
    kinds      what can be kept on request
    disguise   all of the above for one recording, and what was removed so far
    values     rules: how the values of a field are disguised
    fields     which rule each field of the API has
    numbers    numbers of any length
    bodies     bodies, as they were printed
    pictures   pictures, removed or turned
    maps       maps in OSM XML
    targets    paths and queries
    headers    header fields
    calls      exchanges
    files      recordings
"""

from iai_proxy.scrubbing.disguise import Disguise
from iai_proxy.scrubbing.files import Scrubbed, scrub
from iai_proxy.scrubbing.kinds import KINDS

__all__ = ["KINDS", "Disguise", "Scrubbed", "scrub"]
