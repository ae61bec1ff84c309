"""What no line of the product does: rules over its syntax tree, each with samples that it must find.

A rule may name files where the thing is right, with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

Finder = Callable[[ast.AST, "Names"], bool]


class Names:
    """What the names of a module stand for, by its imports: `dt.now` is `datetime.datetime.now`."""

    def __init__(self, tree: ast.AST) -> None:
        self._known: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._known |= {
                    alias.asname or alias.name.split(".")[0]: alias.name if alias.asname else alias.name.split(".")[0]
                    for alias in node.names
                }
            elif isinstance(node, ast.ImportFrom):
                self._known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}

    def of(self, node: ast.AST) -> str:
        """The whole dotted name of an expression, or nothing."""
        if isinstance(node, ast.Name):
            return self._known.get(node.id, node.id)
        if isinstance(node, ast.Attribute) and (left := self.of(node.value)):
            return f"{left}.{node.attr}"
        return ""


@dataclass(frozen=True)
class Rule:
    """Something forbidden: `found` says whether a node is it, in the files whose path matches `where`."""

    name: str
    found: Finder
    samples: tuple[str, ...]
    harmless: tuple[str, ...] = ()
    where: str = ""
    allowed: Mapping[str, str] = field(default_factory=dict)

    def lines(self, text: str) -> Iterator[int]:
        """The lines of a source where it stands."""
        nodes, names = _read(text)
        for node in nodes:
            if self.found(node, names):
                yield getattr(node, "lineno", 1)


@cache
def _read(text: str) -> tuple[list[ast.AST], Names]:
    tree = ast.parse(text)
    return list(ast.walk(tree)), Names(tree)


_CLOCKS = {
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *("django.utils.timezone.now", "time.time", "time.time_ns", "django.db.models.functions.Now"),
}
_EMPTY_CLOCKS = {"django.utils.timezone.localtime", "django.utils.timezone.localdate"}
_MAIL = re.compile(r"(django\.core\.mail\.(?!backends)\w+|smtplib\.\w+)$")
_REDIRECTS = {
    *("redirect", "HttpResponseRedirect", "HttpResponsePermanentRedirect", "HttpResponseClientRedirect"),
    "HttpResponseSeeOther",
}
_FROM_OUTSIDE = {
    "GET",
    "POST",
    "META",
    "COOKIES",
    "headers",
    "path",
    "path_info",
    "get_full_path",
    "build_absolute_uri",
}
_HTML = re.compile(r"</|<!--|<[a-z][a-z0-9]*(\s|/?>)", re.IGNORECASE)


def _reads_a_clock(node: ast.AST, names: Names) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = names.of(node.func)
    return name in _CLOCKS or (name in _EMPTY_CLOCKS and not node.args)


def _sends_a_task(node: ast.AST, names: Names) -> bool:
    methods = {"delay", "delay_on_commit", "apply_async", "apply_async_on_commit", "send_task"}
    return isinstance(node, ast.Attribute) and node.attr in methods


def _says_when(node: ast.AST, names: Names) -> bool:
    return isinstance(node, ast.keyword) and node.arg in {"eta", "countdown"}


def _asks_a_whole_table(node: ast.AST, names: Names) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
        return True
    if not isinstance(node, ast.Call) or not node.args:
        return False
    is_shortcut = names.of(node.func).rpartition(".")[2] in {"get_object_or_404", "get_list_or_404"}
    first = node.args[0]
    return is_shortcut and isinstance(first, ast.Name) and first.id[:1].isupper()


def _trusts_markup(node: ast.AST, names: Names) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name == "__html__"
    if isinstance(node, ast.Attribute | ast.Name):
        return names.of(node).rpartition(".")[2] in {"mark_safe", "SafeString", "SafeText", "SafeData"}
    if isinstance(node, ast.Call) and names.of(node.func).endswith("format_html"):
        return not node.args or not isinstance(node.args[0], ast.Constant)
    return False


def _swallows_everything(node: ast.AST, names: Names) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(one is None or names.of(one) in {"Exception", "BaseException"} for one in caught)


def _takes_all_fields(node: ast.AST, names: Names) -> bool:
    if isinstance(node, ast.Assign | ast.keyword):
        targets = [names.of(target) for target in node.targets] if isinstance(node, ast.Assign) else [node.arg]
        return "fields" in targets and isinstance(node.value, ast.Constant) and node.value.value == "__all__"
    if isinstance(node, ast.ClassDef) and node.name == "Meta":
        rows = [row for row in node.body if isinstance(row, ast.Assign)]
        return any(names.of(target) == "exclude" for row in rows for target in row.targets)
    return False


def _is_exempt_from_tokens(node: ast.AST, names: Names) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and names.of(node).endswith("csrf_exempt")


def _writes_mail(node: ast.AST, names: Names) -> bool:
    return isinstance(node, ast.Call) and _MAIL.match(names.of(node.func)) is not None


def _makes_a_template(node: ast.AST, names: Names) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = names.of(node.func)
    return name.rpartition(".")[2] in {"Template", "from_string"} or name.startswith("jinja2.")


def _follows_the_request(node: ast.AST, names: Names) -> bool:
    if not isinstance(node, ast.Call) or names.of(node.func).rpartition(".")[2] not in _REDIRECTS or not node.args:
        return False
    inside = [part for part in ast.walk(node.args[0]) if isinstance(part, ast.Attribute)]
    return any(names.of(part.value) in {"request", "self.request"} and part.attr in _FROM_OUTSIDE for part in inside)


def _puts_values_into_html(node: ast.AST, names: Names) -> bool:
    pieces: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.FormattedValue) for part in node.values):
        pieces = node.values
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        pieces = [node.left, node.right]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        pieces = [node.func.value]
    texts = [part.value for part in pieces if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return any(_HTML.search(text) for text in texts)


RULES = (
    Rule(
        "a clock other than care.lib.clock",
        _reads_a_clock,
        (
            "from datetime import datetime\ndatetime.now()",
            "from datetime import date as d\nd.today()",
            "import datetime\ndatetime.datetime.utcnow()",
            "from django.utils import timezone\ntimezone.now()",
            "from django.utils import timezone\ntimezone.localdate()",
            "from time import time\ntime()",
        ),
        ("import time\ntime.monotonic()", "from django.utils import timezone\ntimezone.localtime(now)"),
        allowed={"care/lib/clock.py": "it is the clock", "care/lib/ids.py": "the order of identifiers, no fact"},
    ),
    Rule(
        "a task sent past care.lib.nudge",
        _sends_a_task,
        ("task.delay()", "task.apply_async(args)", "app.send_task('x')", "task.delay_on_commit()"),
        ("nudge('outbox.drain')",),
        allowed={"care/lib/nudge.py": "it is the nudge", "care/celery.py": "a worker that starts looks at once"},
    ),
    Rule(
        "a task with a time of its own",
        _says_when,
        ("f(eta=now)", "f(countdown=3)"),
        ("f(due_at=now)",),
        allowed={"care/lib/nudge.py": "two seconds in which changes gather (docs/decisions/0015)"},
    ),
    Rule(
        "a whole table in a view",
        _asks_a_whole_table,
        ("Member.objects.get(pk=1)", "Member._default_manager.all()", "get_object_or_404(Member, pk=1)"),
        ("get_object_or_404(request.community.members, pk=1)",),
        where=r"/views(/|\.py)",
    ),
    Rule(
        "text trusted as HTML",
        _trusts_markup,
        (
            "mark_safe(x)",
            "from django.utils import safestring\nsafestring.SafeString(x)",
            "format_html(x)",
            "format_html(f'<b>{x}</b>')",
            "def __html__(self): pass",
        ),
        ("format_html('<b>{}</b>', x)",),
    ),
    Rule(
        "every exception swallowed",
        _swallows_everything,
        (
            "try: pass\nexcept: pass",
            "try: pass\nexcept Exception: pass",
            "try: pass\nexcept (OSError, BaseException): pass",
        ),
        ("try: pass\nexcept OSError: pass",),
        allowed={"care/lib/attempts.py": "raised again when the others have had their turn"},
    ),
    Rule(
        "a form that takes all fields, or all but some",
        _takes_all_fields,
        (
            "class Meta:\n    fields = '__all__'",
            "class Meta:\n    exclude = ['x']",
            "modelform_factory(M, fields='__all__')",
        ),
        ("class Meta:\n    fields = ['name']",),
    ),
    Rule(
        "a view without the token check",
        _is_exempt_from_tokens,
        (
            "@csrf_exempt\ndef f(): pass",
            "from django.views.decorators import csrf\n@csrf.csrf_exempt\ndef f(): pass",
        ),
        allowed={"outbox/views/unsubscribe.py": "a mail program unsubscribes with one POST (RFC 8058)"},
    ),
    Rule(
        "mail written past the outbox",
        _writes_mail,
        (
            "from django.core.mail import EmailMessage\nEmailMessage('x')",
            "from django.core import mail\nmail.send_mail('x')",
            "import smtplib\nsmtplib.SMTP('x')",
        ),
        ("from email.message import EmailMessage\nEmailMessage()",),
        allowed={"members/mail.py": "account mail, which Django hands to outbox.backend"},
    ),
    Rule(
        "a template made of text",
        _makes_a_template,
        ("Template(x)", "engine.from_string(x)", "import jinja2\njinja2.Environment()"),
        ("get_template('x.html')",),
    ),
    Rule(
        "a redirect to where the request says",
        _follows_the_request,
        (
            "redirect(request.GET['next'])",
            "HttpResponseRedirect(request.META.get('HTTP_REFERER'))",
            "redirect('/x' + self.request.get_full_path())",
        ),
        ("redirect('members:team', request.community.slug)",),
    ),
    Rule(
        "values put into HTML by hand",
        _puts_values_into_html,
        ("f'<b>{x}</b>'", "f'<a href={x}>'", "'<p>%s</p>' % x", "'<p>' + x", "'<i>{}</i>'.format(x)"),
        ("f'<{x}>'", "f'<mailto:{x}>'", "f'{a} < {b}'"),
    ),
)

# In templates: text that Django would not escape in a page.
TRUSTING_TEMPLATE = re.compile(r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off")
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of a cloud": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b"),
    "a token of a service": re.compile(
        r"\b(gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{40,}|sk_live_\w{20,}|xox[abp]-[\w-]{20,}|glpat-[\w-]{20,})"
    ),
    "a signed token": re.compile(r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{15,}"),
}
