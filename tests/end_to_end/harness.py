"""Runs the real otafleet for end-to-end tests, and reads what it leaves behind."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request

OTAFLEET = os.environ["OTAFLEET"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICKSTART = str(ROOT / "scenarios" / "quickstart.yaml")

# A fleet that is done in seconds on a slow machine: few devices, short polls, no install time.
SMALL = [
    "fleets.pilot.devices=40",
    "fleets.pilot.start.rate=40/s",
    "fleets.pilot.poll.every=1s",
    "fleets.pilot.install.takes.p50=10ms",
    "fleets.pilot.install.takes.p99=50ms",
    # A loaded machine, or a sanitizer, is slower than any bound; bounds are for benchmarks.
    "thresholds={updates.success: '>= 100%', provisioning.success: '>= 0%'}",
    "generator.max_schedule_lag=10m",
]


def sets(*values):
    return [part for value in values for part in ("--set", value)]


class EndToEnd(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="otafleet-test-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.out = self.directory / "run"

    def otafleet(self, *arguments, timeout=300):
        """Runs to the end; returns (exit code, standard output, standard error)."""
        done = subprocess.run([OTAFLEET, *arguments], capture_output=True, text=True, timeout=timeout,
                              cwd=self.directory)
        return done.returncode, done.stdout, done.stderr

    def start(self, *arguments):
        """Starts in the background; ended when the test ends."""
        process = subprocess.Popen([OTAFLEET, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   cwd=self.directory)

        def end():
            if process.poll() is None:
                process.kill()
            process.communicate()

        self.addCleanup(end)
        return process

    def summary(self):
        return json.loads((self.out / "summary.json").read_text())

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return str(path)


def metrics_port(process):
    """Reads a run's standard error until it says where /metrics is."""
    for line in process.stderr:
        found = re.search(r"metrics at http://127\.0\.0\.1:(\d+)/metrics", line)
        if found:
            return int(found.group(1))
    raise AssertionError("the run ended before it served metrics")


def scrape(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return answer.read().decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children_of(pid):
    """Process ids of a process's children."""
    listed = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def is_alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def main():
    unittest.main(argv=[sys.argv[0]], verbosity=2)
