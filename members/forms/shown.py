"""What a page showed when somebody began to fill it in, beside what is on record by now."""

from collections.abc import Iterable

from django import forms


class ShownForm(forms.Form):
    """A form that sends along what it showed, so that only what a person changed is written.

    Whoever makes one calls `send_along` once all of its fields are there. A page that sent nothing along counts as one
    that showed what is on record.
    """

    def send_along(self) -> None:
        for name, field in self.fields.items():
            field.show_hidden_initial = not self.is_bound or self.add_initial_prefix(name) in self.data

    def overtaken(self, names: Iterable[str]) -> list[str]:
        """Those of the fields that somebody else changed meanwhile, to something else than was typed here.

        They are asked about once: the page with the refusal no longer sends along what it showed there.
        """
        found = [name for name in names if self.fields[name].show_hidden_initial and self._differs(name)]
        for name in found:
            self.fields[name].show_hidden_initial = False
        return found

    def _differs(self, name: str) -> bool:
        field, bound = self.fields[name], self[name]
        shown = self.data.get(self.add_initial_prefix(name))
        return field.has_changed(bound.initial, shown) and field.has_changed(bound.initial, bound.data)
