"""From a fresh copy to the first note in the mailbox, as a new user goes it: timed, and written into the README.

    .venv/bin/python benchmarks/first_note.py [--write]

Copies the committed tree to an empty folder, runs `./run` there with nothing but the environment of a login shell,
signs in to the demo in a real browser, takes the picture of the Today page, then brings its own CSV to an approved note
that is read in the mailbox. Ends what it started. `--write` puts the figures and the picture into the README.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "today.png"
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
# Some of these are always past nine in the morning and not yet at midnight.
ZONES = ["Europe/Paris", "Asia/Tokyo", "America/New_York", "Pacific/Auckland", "Asia/Kolkata", "America/Los_Angeles"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the figures and the picture into the README")
    write = parser.parse_args().write
    with tempfile.TemporaryDirectory(prefix="care-first-note-") as folder:
        copy_tree(Path(folder))
        began = time.monotonic()
        times, picture = go_the_way(Path(folder), began)
    seconds = {name: round(value, 1) for name, value in times.items()}
    print(json.dumps({"date": datetime.now(UTC).date().isoformat(), **seconds}))
    if write:
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_bytes(picture)
        write_readme(times)
    return 0


def copy_tree(folder: Path) -> None:
    """What `git clone` would bring: the last commit and nothing else."""
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def shell_environment() -> dict[str, str]:
    """A login shell's environment, with what tells pip where packages come from."""
    kept = {"PATH", "HOME", "LANG", "TERM", "SSL_CERT_FILE"}
    return {name: value for name, value in os.environ.items() if name in kept or name.startswith("PIP_")}


class Running:
    """A `./run` in its folder; `lines` is what it has printed."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            ["./run"], cwd=folder, env=shell_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def announced(self) -> str:
        """What it says once it answers: the address and how to sign in."""
        said = ""
        for line in self.process.stdout or ():
            said += line
            if "Ctrl-C" in line:
                return said
        raise SystemExit(f"It ended before it answered:\n{said}")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)


def go_the_way(folder: Path, began: float) -> tuple[dict[str, float], bytes]:
    times: dict[str, float] = {}
    running = Running(folder)
    try:
        said = running.announced()
        times["running"] = time.monotonic() - began
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
            page = browser.new_page(viewport={"width": 1280, "height": 860}, locale="en-GB")
            address = find(r"http://localhost:\d+", said)[0]
            picture = sign_in(page, address, said)
            times["today_page"] = time.monotonic() - began
            bring_own_members(page, folder, address)
            times["first_note"] = time.monotonic() - began
            browser.close()
    finally:
        running.stop()
    again = time.monotonic()
    running = Running(folder)
    try:
        running.announced()
        times["second_start"] = time.monotonic() - again
    finally:
        running.stop()
    return times, picture


def find(pattern: str, text: str) -> re.Match[str]:
    """The first place that matches; raises when there is none."""
    if found := re.search(pattern, text):
        return found
    raise AssertionError(f"{pattern} is not in: {text}")


def sign_in(page: Page, address: str, said: str) -> bytes:
    """Into the demo with what `./run` printed; the picture of its Today page."""
    found = find(r"(\S+@\S+)\D+password (\S+)", said)
    page.goto(address)
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Email").or_(page.get_by_label("E-mail")).first.fill(found[1])
    page.get_by_label("Password").first.fill(found[2])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("Waiting for you").wait_for()
    page.wait_for_load_state("networkidle")
    return page.screenshot()


def bring_own_members(page: Page, folder: Path, address: str) -> None:
    """One's own community, by the README: a CSV, a ritual, an approval, the letter."""
    now = datetime.now(UTC)
    zone = next(name for name in ZONES if 10 <= now.astimezone(ZoneInfo(name)).hour <= 22)
    day = now.astimezone(ZoneInfo(zone)).date()
    file = folder / "mine.csv"
    file.write_text(f"Name,Email,Birthday,Timezone\nMaya Okafor,maya@example.org,1992-{day:%m-%d},{zone}\n")
    command = ["./run", "create_community", "potters", "--name", "The Potters", "--timezone", zone]
    made = subprocess.run(
        [*command, "--builder", "you@example.org"],
        cwd=folder,
        env=shell_environment() | {"BASE_URL": address},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    page.context.clear_cookies()
    page.goto(find(r"http\S+/accounts/password/\S+", made)[0])
    for field in page.locator("input[type=password]").all():
        field.fill("kiln-and-glaze-2026")
    page.get_by_role("main").get_by_role("button").first.click()
    page.goto(f"{address}/accounts/login/?next=/c/potters/import/")
    if page.locator("input[type=password]").count():
        page.get_by_label("Email").or_(page.get_by_label("E-mail")).first.fill("you@example.org")
        page.get_by_label("Password").first.fill("kiln-and-glaze-2026")
        page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{address}/c/potters/import/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Look at the columns").click()
    page.get_by_role("button", name="See what would happen").click()
    page.get_by_role("button", name="Take 1 person in").click()
    page.get_by_role("link", name="Switch on a ritual").click()
    page.get_by_role("link", name="Birthday").first.click()
    page.get_by_role("button", name="Switch on").click()
    until(page, f"{address}/c/potters/", "Happy birthday, Maya")
    page.get_by_role("button", name="Approve", exact=True).first.click()
    page.locator("[data-settled]").wait_for()
    until(page, f"{address}/mailbox/", "Happy birthday, Maya")


def until(page: Page, url: str, text: str, seconds: float = 180) -> None:
    """Look at a page again until it shows `text`: a worker is at work behind it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page.goto(url)
        if page.get_by_text(text).count():
            return
        time.sleep(1)
    raise SystemExit(f"{text!r} did not appear at {url} within {seconds:.0f} s.")


def write_readme(times: dict[str, float]) -> None:
    words = (
        "From clone to first note: {minutes:.1f} minutes. A script that clicks without reading did it on {cores} cores "
        "on {day} (`benchmarks/first_note.py`): running after {running:.0f} s, the demo's Today page after "
        "{today_page:.0f} s, one's own CSV to the first approved note in the mailbox after {first_note:.0f} s, the "
        "minute to undo included. The second `./run` answers after {second_start:.1f} s."
    ).format(minutes=times["first_note"] / 60, cores=os.cpu_count(), day=f"{datetime.now(UTC):%-d %B %Y}", **times)
    path = ROOT / "README.md"
    text = re.sub(
        r"(<!-- first-note -->\n).*?(<!-- /first-note -->)",
        lambda match: f"{match[1]}{words}\n{match[2]}",
        path.read_text(),
        flags=re.DOTALL,
    )
    path.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
