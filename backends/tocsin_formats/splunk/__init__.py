"""Splunk: an app of saved searches."""

from tocsin_formats.splunk.app import SPLUNK_APP

__all__ = ["SPLUNK_APP"]
