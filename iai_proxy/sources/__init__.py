"""What users name: files, folders, globs, and objects in object storage."""

from iai_proxy.sources.naming import is_url, named
from iai_proxy.sources.source import Source

__all__ = ["Source", "is_url", "named"]
