"""What the admin of every app shares: it is for repair, it does not count a million rows, and it asks the services."""

import json
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property

from members.models import User

# A list says how many rows there are up to this; beyond it one searches or filters.
COUNTED = 10_000


class CappedPaginator(Paginator):
    """Counts up to a limit only, so that a list opens as fast over a million rows as over ten."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:COUNTED].count())


class RepairAdmin(admin.ModelAdmin):
    """A list by age, searchable; links are entered by their ids, never chosen from all rows there are."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 200
    ordering: ClassVar = ["-pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        """Everything the form does not name as open to repair."""
        opened = getattr(self, "repairable", ())
        return [field.name for field in self.opts.fields if field.name not in opened]


class LookOnly:
    """Rows that are written by services alone: nobody adds, changes or deletes one by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Personal:
    """Personal data: for superusers, whatever rights other staff was given (docs/decisions).

    The admin's own log names such a row by its id alone: nobody erases what it would have kept of an address or a name.
    """

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request) and super().has_add_permission(request)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request) and super().has_delete_permission(request, obj)  # type: ignore[misc]

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        return _log(request, [obj], ADDITION, message)[0]

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        return _log(request, [obj], CHANGE, message)[0]

    def log_deletions(self, request: HttpRequest, queryset: Iterable[models.Model]) -> list[LogEntry]:
        return _log(request, queryset, DELETION)


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def who(request: HttpRequest) -> User:
    """The person at the admin, for the services and the audit."""
    if not isinstance(request.user, User):
        raise TypeError("The admin is for people who have signed in.")
    return request.user


def _log(request: HttpRequest, rows: Iterable[models.Model], flag: int, message: Any = "") -> list[LogEntry]:
    return LogEntry.objects.bulk_create(
        LogEntry(
            user=who(request),
            content_type=ContentType.objects.get_for_model(row, for_concrete_model=False),
            object_id=str(row.pk),
            object_repr=str(row.pk),
            action_flag=flag,
            change_message=message if isinstance(message, str) else json.dumps(message),
        )
        for row in rows
    )
