"""Being one of a list, in the words of PostgreSQL."""

from django.db.models import BooleanField, Func


class IsAnyOf(Func):
    """`a = ANY(b)`, where `b` is an array: unlike the rows of `a IN (SELECT …)`, made once and known to be short."""

    template, arg_joiner, output_field = "%(expressions)s)", " = ANY(", BooleanField()
