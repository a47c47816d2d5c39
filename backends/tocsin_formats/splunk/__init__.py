"""Splunk: an app of saved searches, and detections for contentctl."""

from tocsin_formats.splunk.app import SPLUNK_APP
from tocsin_formats.splunk.detections import SPLUNK_YAML

__all__ = ["SPLUNK_APP", "SPLUNK_YAML"]
