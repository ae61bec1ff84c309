"""Reading pages as a person would."""

from html import unescape
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

HTMX = {"HX-Request": "true"}


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    """The words of the page, without the shell around them."""
    page = soup(response)
    return unescape(" ".join((page.find("main") or page).get_text(" ").split()))


def filled_in(response, **changes):
    """What the browser sends of the form of a page, with what a person changes in it."""
    form = soup(response).select_one("main form")
    values = {box["name"]: box.get("value", "") for box in form.select("input[name]") if box.get("type") != "checkbox"}
    values |= {box["name"]: "on" for box in form.select("input[type=checkbox][checked]")}
    for box in form.select("select"):
        chosen = box.select_one("option[selected]")
        values[box["name"]] = chosen["value"] if chosen else ""
    return values | changes


def said(response):
    """The messages of a page that was redirected to."""
    return " ".join(" ".join(node.get_text(" ").split()) for node in soup(response).select("#toasts p"))


def names(response):
    """Who is listed."""
    return [link.get_text(strip=True) for link in soup(response).select("#results .who > a")]


def next_page(response):
    link = soup(response).select_one("a[rel=next]")
    return link and link["href"]


def path_of(url):
    return urlsplit(url).path
