"""Microsoft's KQL parser: where it is installed, and the server that keeps it loaded."""
