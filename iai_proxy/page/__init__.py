"""The page: a run as one HTML file, in its source under ``assets``.

``write_page`` writes the file; ``page_html`` without data is what a server sends. What the page
reads is described in :mod:`iai_proxy.page.encode`.
"""

from iai_proxy.page.comparing import comparison_details
from iai_proxy.page.encode import Compared
from iai_proxy.page.writing import page_html, write_page

__all__ = ["Compared", "comparison_details", "page_html", "write_page"]
