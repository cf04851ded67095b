#!/usr/bin/env python3
"""5,000 devices provision and update in one run of the quickstart; prints what it cost per device."""
import json
import subprocess
import sys
import tempfile

DEVICES = 5_000


def main():
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run([sys.argv[1], "run", "scenarios/quickstart.yaml", "--out", f"{directory}/run",
                               "--metrics", "127.0.0.1:0", "--set", f"fleets.pilot.devices={DEVICES}"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if done.returncode not in (0, 3, 4, 6):
            sys.exit(f"the run ended with {done.returncode}\n{done.stdout}")
        with open(f"{directory}/run/summary.json") as file:
            summary = json.load(file)
    devices, updates = summary["devices"], summary["updates"]
    fleet, backend = summary["generator"], summary["backend"]
    ok = done.returncode == 0 and devices["provisioned"] == updates["installed"] == DEVICES
    print(f"exit code                   {done.returncode}   {'; '.join(summary['reasons'])}")
    print(f"provisioned, updated        {devices['provisioned']}, {updates['installed']} of {DEVICES}   "
          f"{'ok' if ok else 'MISSED'}")
    print(f"identity mismatches         {summary['identity']['mismatches']} in "
          f"{summary['identity']['requests_checked']} requests")
    print(f"wall time                   {summary['duration_seconds']:8.1f} s")
    print(f"fleet CPU per device        {1e3 * fleet['cpu_seconds'] / DEVICES:8.2f} ms   (requests "
          f"{fleet['requests'] / DEVICES:.1f})")
    print(f"backend CPU per device      {1e3 * backend['cpu_seconds'] / DEVICES:8.2f} ms")
    print(f"fleet peak RSS              {fleet['peak_rss_bytes'] / 2**20:8.1f} MiB")
    print(f"backend peak RSS            {backend['peak_rss_bytes'] / 2**20:8.1f} MiB")


if __name__ == "__main__":
    main()
