"""`manage.py load_demo`: a community to try Care with, told as a story around today."""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from care.demo import story
from care.lib import clock

PASSWORD_FILE = settings.VAR / "demo_password"


def sign_in_words() -> str:
    """How to sign in to the demo of the embedded install; empty when there is none."""
    if not (PASSWORD_FILE.exists() and story.is_told()):
        return ""
    return f"Sign in as {story.BUILDER} with the password {PASSWORD_FILE.read_text().strip()}"


class Command(BaseCommand):
    help = "Load the demo community, once. Its members' addresses do not exist."

    def handle(self, *args: Any, **options: Any) -> None:
        if story.is_told():
            raise CommandError(f"The demo is here already, at /c/{story.SLUG}/. {sign_in_words()}")
        password = "-".join(secrets.choice(_WORDS) for _number in range(4))
        told = story.tell(now=clock.now(), password=password)
        if settings.EMBEDDED:
            PASSWORD_FILE.touch(mode=0o600)
            PASSWORD_FILE.write_text(password)
        self.stdout.write(f"Loaded {told.community.name}: {told.community.members.count()} members.")
        self.stdout.write(f"Sign in as {told.email} with the password {password}")


_WORDS = [
    "amber",
    "ash",
    "basin",
    "birch",
    "bloom",
    "bowl",
    "brick",
    "bright",
    "bronze",
    "calm",
    "candle",
    "cedar",
    "cherry",
    "clay",
    "clear",
    "cobalt",
    "copper",
    "coral",
    "cotton",
    "crane",
    "daisy",
    "dawn",
    "ember",
    "fern",
    "field",
    "fir",
    "flame",
    "frost",
    "garden",
    "gentle",
    "ginger",
    "glaze",
    "gold",
    "grove",
    "harbor",
    "hazel",
    "heather",
    "honey",
    "indigo",
    "iris",
    "ivory",
    "ivy",
    "jade",
    "juniper",
    "kettle",
    "kiln",
    "lantern",
    "lark",
    "laurel",
    "lemon",
    "linen",
    "lotus",
    "maple",
    "meadow",
    "mellow",
    "mint",
    "moss",
    "nettle",
    "oak",
    "ochre",
    "olive",
    "opal",
    "orchard",
    "otter",
    "pebble",
    "pine",
    "plum",
    "poppy",
    "quartz",
    "quiet",
    "rain",
    "reed",
    "river",
    "robin",
    "rose",
    "rowan",
    "saffron",
    "sage",
    "sand",
    "shell",
    "silver",
    "slate",
    "spruce",
    "stone",
    "straw",
    "sun",
    "swallow",
    "thyme",
    "tide",
    "timber",
    "tulip",
    "umber",
    "vale",
    "velvet",
    "violet",
    "walnut",
    "warm",
    "water",
    "wheat",
    "willow",
    "winter",
    "wood",
    "wren",
    "yarrow",
]
