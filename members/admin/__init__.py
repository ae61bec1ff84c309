"""The admin of members: for repair. Lists are searchable; what has a service is done by its service."""

from members.admin import accounts, communities, people, records, team

__all__ = ["accounts", "communities", "people", "records", "team"]
