"""Formats that products import, a folder each. Every one comes in by the door of plug-ins."""
