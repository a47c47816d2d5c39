"""`tocsin diff`: what a change does to every query, and to what it matches."""
