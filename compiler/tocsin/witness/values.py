"""Values of one field that meet some tests and fail others."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from itertools import islice, product

from tocsin import model
from tocsin.evaluate import satisfies
from tocsin.model import Field, FieldTest, IpNetwork, Scalar
from tocsin.schema import FieldType
from tocsin.witness.texts import texts

Values = tuple[Scalar, ...]

_MOST = 24  # of one field
# What a value is where nothing is asked of it but that it is there.
USUAL: dict[FieldType, Scalar] = {
    FieldType.TEXT: "x",
    FieldType.PATH: "C:\\x",
    FieldType.NUMBER: 1,
    FieldType.IP: "192.0.2.1",  # RFC 5737: for documentation
    FieldType.BOOL: True,
}


_OTHER_ADDRESS = "198.51.100.7"  # RFC 5737


def moved(field: Field, value: Scalar) -> Scalar:
    """Return another value of the kind that FIELD holds than VALUE."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str() if field.type is FieldType.IP:
            return USUAL[field.type] if value == _OTHER_ADDRESS else _OTHER_ADDRESS
        case str():
            return f"{value}x"


def values(field: Field, met: Sequence[FieldTest], failed: Sequence[FieldTest]) -> Iterator[Values]:
    """Yield what FIELD may hold to meet all of MET and none of FAILED; nothing, if that does."""
    if not met:
        yield ()
        return
    if field.many and len(met) > 1:
        each = [list(islice(_single(field, (test,), failed), 2)) for test in met]
        found = (tuple(dict.fromkeys(chosen)) for chosen in product(*each))
    else:
        found = ((value,) for value in _single(field, met, failed))
    yield from islice(found, _MOST)


def _single(
    field: Field, met: Sequence[FieldTest], failed: Sequence[FieldTest]
) -> Iterator[Scalar]:
    """Yield single values that meet all of MET and none of FAILED."""
    seen: set[Scalar] = set()
    for value in _candidates(field, met, failed):
        right = all(satisfies(test, value) for test in met)
        if value not in seen and right and not any(satisfies(test, value) for test in failed):
            seen.add(value)
            yield value


def _candidates(
    field: Field, met: Sequence[FieldTest], failed: Sequence[FieldTest]
) -> Iterator[Scalar]:
    tests = [*met, *failed]
    match field.type:
        case FieldType.NUMBER:
            yield from (number for test in tests for number in _numbers(test))
            yield from (1, 0)
        case FieldType.BOOL:
            yield from (True, False)
        case FieldType.IP:
            yield from (str(address) for test in tests for address in _addresses(test))
            yield from ("192.0.2.1", "198.51.100.7", "10.0.0.1", "2001:db8::1")
        case FieldType.TIME:
            return
        case FieldType.TEXT | FieldType.PATH:
            wanted = [test for test in met if isinstance(test, model.TextTest)]
            unwanted = [test for test in failed if isinstance(test, model.TextTest)]
            yield from texts(wanted, unwanted) if wanted else ()
            yield from (str(USUAL[field.type]), "0", "~", "other")


def _numbers(test: FieldTest) -> Iterator[int]:
    match test:
        case model.NumberIn(values=numbers):
            yield from numbers
            yield from (number + step for number in numbers for step in (-1, 1))
        case model.NumberIs(bound=bound):
            yield from (bound, bound - 1, bound + 1)
        case model.NumberWithin(low=low, high=high):
            yield from (low, high, low - 1, high + 1)
        case _:
            pass


def _addresses(test: FieldTest) -> Iterator[IPv4Address | IPv6Address]:
    if isinstance(test, model.IpIn):
        yield from (each for network in test.networks for each in _around(network))


def _around(network: IpNetwork) -> Iterator[IPv4Address | IPv6Address]:
    """Yield an address inside, the edges, and those just outside."""
    first, last = network.network_address, network.broadcast_address
    for number in (int(first) + 1, int(first), int(last), int(first) - 1, int(last) + 1):
        if 0 <= number < 2**network.max_prefixlen:
            yield IPv4Address(number) if network.version == 4 else IPv6Address(number)
