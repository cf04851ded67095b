#!/usr/bin/env python3
"""RSS per provisioned idle device: the difference between 1,000 and 10,000 devices in one process.

All devices provision for real against the embedded backend and have polled once; RSS is read from /proc while they wait.
They start at half the rate that two cores can take, so that what is measured is devices at rest and not a queue of requests.
The bound is 10 KiB (mender-stress-test-client, which shares one key and keeps no identity: 8.0 KiB).
"""
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

BOUND_KIB = 10.0
SCENARIO = """
name: memory
backend: {stub: {}}
accounts: {development: {metadata_keys: ed25519}}
fleets:
  idle: {account: development, devices: 1, hardware: gw, keys: {uptane: {type: ed25519}},
         start: {rate: 50/s}, poll: {every: 1d}}
until: {all: time, at_most: 1h}
generator: {max_schedule_lag: 10m}
"""


def rss_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1))


def idle_devices(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    found = re.search(r'otafleet_devices\{fleet="idle",state="idle"\} (\S+)', text)
    return float(found.group(1)) if found else 0


def measure(otafleet, devices):
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/memory.yaml"
        with open(path, "w") as scenario:
            scenario.write(SCENARIO)
        run = subprocess.Popen([otafleet, "run", path, "--out", f"{directory}/run", "--metrics", "127.0.0.1:0",
                                "--set", f"fleets.idle.devices={devices}"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        port = None
        while port is None:
            found = re.search(r"127\.0\.0\.1:(\d+)/metrics", run.stderr.readline())
            port = found and int(found.group(1))
        while idle_devices(port) < devices:
            if run.poll() is not None:
                sys.exit("the run ended before its devices were idle")
            time.sleep(1)
        resident = rss_kib(run.pid)
        run.send_signal(signal.SIGINT)
        run.communicate()
        return resident


def main():
    small, large = 1_000, 10_000
    resident = {devices: measure(sys.argv[1], devices) for devices in (small, large)}
    per_device = (resident[large] - resident[small]) / (large - small)
    for devices, kib in resident.items():
        print(f"RSS with {devices:6d} devices      {kib / 1024:8.1f} MiB")
    print(f"RSS per device              {per_device:8.2f} KiB   (bound {BOUND_KIB:.0f} KiB)   "
          f"{'ok' if per_device <= BOUND_KIB else 'MISSED'}")


if __name__ == "__main__":
    main()
