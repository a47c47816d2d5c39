"""`tocsin new` and `tocsin init`: a first rule, a repository of rules; both compile as they are."""

from tocsin.scaffold.folder import InTheWay, laid_out
from tocsin.scaffold.repository import Target, repository, surroundings
from tocsin.scaffold.rule import is_name, is_rule_name, new_rule

__all__ = [
    "InTheWay",
    "Target",
    "is_name",
    "is_rule_name",
    "laid_out",
    "new_rule",
    "repository",
    "surroundings",
]
