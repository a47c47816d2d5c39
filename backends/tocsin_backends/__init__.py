"""The targets that come with Tocsin, one folder each."""
