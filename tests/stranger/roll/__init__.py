"""A list of what is published: the smallest format there is."""

from collections.abc import Sequence

from tocsin.format import File, Publication, Release, Wanted
from tocsin.schema import Table


class Roll:
    about = "the titles of the rules, with their ids and versions"
    wanted = (Wanted("eql", "eql"),)

    def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
        settings.only()
        lines = [f"{each.id} {each.version} {each.rule.meta.title}\n" for each in releases]
        names = tuple(each.rule.name for each in releases)
        return Publication((File("roll.txt", "".join(lines).encode("utf-8"), names),))


ROLL = Roll()
