"""Bringing members in from a CSV file: what the columns mean, what becomes of each row, and writing it down."""
