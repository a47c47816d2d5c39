"""Events that tell two versions of a rule apart: made from their conditions, judged by `evaluate`.

Nothing here decides what a rule matches. What is made are candidates; those on which the reference
meaning finds no difference are let go of.
"""

from tocsin.witness.streams import Stream, streams
from tocsin.witness.thin import thinned

__all__ = ["Stream", "streams", "thinned"]
