"""Which rule of the one side is which of the other: by id, by name, by what it finds."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from tocsin.diff.sides import Member
from tocsin.meaning import meaning

Pair = tuple[Member | None, Member | None]


def pairs(old: Sequence[Member], new: Sequence[Member]) -> Iterator[Pair]:
    """Pair the rules of both sides, those of NEW in their order, then what is left of OLD."""
    left, right = list(old), list(new)
    partner: dict[int, Member] = {}
    for key in (_id, _name, _meaning):
        known = _once(left, key)
        for word, member in _once(right, key).items():
            if word in known:
                partner[id(member)] = known[word]
        taken = {id(each) for each in partner.values()}
        left = [each for each in left if id(each) not in taken]
        right = [each for each in right if id(each) not in partner]
    yield from ((partner.get(id(member)), member) for member in new)
    yield from ((member, None) for member in left)


def _once(members: Sequence[Member], key: Callable[[Member], str | None]) -> dict[str, Member]:
    """Index MEMBERS by what KEY says of them, as far as it says so of only one."""
    words = [(key(member), member) for member in members]
    count = Counter(word for word, _ in words)
    return {word: member for word, member in words if word is not None and count[word] == 1}


def _id(member: Member) -> str | None:
    return member.id


def _name(member: Member) -> str | None:
    return member.version.name


def _meaning(member: Member) -> str | None:
    """Know a rule without an id, and by another name, by what it finds."""
    return meaning(member.rule) if member.rule else None
