"""`parse_path()`: the parts of a path of files, with either slash."""

import re

_SCHEME = re.compile(r"([A-Za-z][0-9A-Za-z+.-]*)://")
_DRIVE = re.compile(r"[A-Za-z]:")
_SLASH = re.compile(r"[/\\]")


def parts(text: str) -> dict[str, str]:
    """Take a path apart. What is not there is an empty text."""
    scheme = _SCHEME.match(text)
    path = text[scheme.end() :] if scheme else text
    drive = _DRIVE.match(path)
    root = drive[0] if drive else ""
    *folders, name = _SLASH.split(path[len(root) :])
    # As it is written, without the last slash.
    directory = path[: len(path) - len(name)]
    directory = directory[:-1] if folders else directory
    name, _, stream = name.partition(":")
    return {
        "Scheme": scheme[1] if scheme else "",
        "RootPath": root,
        "DirectoryPath": directory,
        "DirectoryName": folders[-1] if folders else "",
        "Filename": name,
        "Extension": name.rpartition(".")[2] if "." in name else "",
        "AlternateDataStreamName": stream,
    }
