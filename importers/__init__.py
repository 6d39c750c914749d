"""The catalogue of institutions: one folder each, data only."""
