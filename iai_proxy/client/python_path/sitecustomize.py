"""Seeds Python's ``random`` in a wrapped client: Python imports this module when it starts.

Its folder comes first on the client's ``PYTHONPATH``. The ``sitecustomize`` that would have been
imported otherwise is imported too.
"""

import os
import random
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

random.seed(int(os.environ["IAI_PROXY_RANDOM_SEED"]))


def _go_on() -> None:
    """Import the ``sitecustomize`` that comes later on the path, under its own name."""
    here = Path(__file__).resolve().parent
    others = [folder for folder in sys.path if Path(folder).resolve() != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec and spec.loader:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


_go_on()
