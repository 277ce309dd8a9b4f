"""One page, self-contained, of any results: it asks nothing of a network and runs no one's code."""

from bridgex.report.html.page import figure_page, report_page

__all__ = ["figure_page", "report_page"]
