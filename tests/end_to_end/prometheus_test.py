"""A real Prometheus scrapes a run, and its series are there to query."""
import json
import subprocess
import time
import urllib.parse
import urllib.request

import harness

SERIES = [
    'otafleet_provisioning_total{result="ok"}',
    "otafleet_provisioning_duration_seconds_count",
    'otafleet_signature_check_duration_seconds_count{role="root",key_type="ed25519",result="ok"}',
    'otafleet_metadata_verification_duration_seconds_count{repository="director",result="ok"}',
    'otafleet_http_request_duration_seconds_count{endpoint="manifest",code="200"}',
    'otafleet_http_phase_seconds_count{phase="tls"}',
    'otafleet_devices{fleet="pilot",state="idle"}',
]


class Prometheus(harness.EndToEnd):
    def query(self, port, expression):
        """The value of an expression; None while there is no such series or no server yet."""
        url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                result = json.load(answer)["data"]["result"]
        except OSError:
            return None
        return float(result[0]["value"][1]) if result else None

    def start_prometheus(self, target):
        config = self.write("prometheus.yml", f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs: [{{job_name: otafleet, static_configs: [{{targets: ["127.0.0.1:{target}"]}}]}}]
""")
        port = harness.free_port()
        process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.directory}/tsdb",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return port

    def test_the_series_of_a_run_can_be_queried(self):
        run = self.start("run", harness.QUICKSTART, "--out", str(self.out), "--metrics", "127.0.0.1:0",
                         *harness.sets(*harness.SMALL, "until={all: time, at_most: 10m}"))
        target = harness.metrics_port(run)
        port = self.start_prometheus(target)
        limit = time.monotonic() + 120
        missing = list(SERIES)
        while missing:
            self.assertLess(time.monotonic(), limit, f"Prometheus never had {missing}")
            self.assertIsNone(run.poll(), "the run ended too early")
            missing = [series for series in missing if not self.query(port, series)]
            time.sleep(0.2)  # between two looks at a server that scrapes once a second
        checks = self.query(port, "sum(otafleet_signature_check_duration_seconds_count)")
        self.assertGreaterEqual(checks, 40)
        subprocess.run(["promtool", "check", "metrics"], input=harness.scrape(target), text=True, check=True,
                       capture_output=True)


if __name__ == "__main__":
    harness.main()
