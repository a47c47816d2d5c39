"""What the rows of a query show: which columns it returns, and in which of them a field is.

A query returns the columns of its tables and those that it makes, or only what a summary or a
sequence names. What is asked for beyond that, it can be made to show.
"""

from tocsin_backends.kql.shown.fields import FOLDER
from tocsin_backends.kql.shown.result import Showing, Shown
from tocsin_backends.kql.shown.showing import showing

__all__ = ["FOLDER", "Showing", "Shown", "showing"]
