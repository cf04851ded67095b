"""Ctrl-C at any moment, and processes that die: results are kept and nothing is left behind."""
import json
import os
import signal
import time

import harness

# Would go on for ten minutes.
LONG = [*harness.SMALL, "fleets.pilot.start.rate=5/s", "until={all: time, at_most: 10m}"]


class Interrupt(harness.EndToEnd):
    def run_until_it_serves(self):
        process = self.start("run", harness.QUICKSTART, "--out", str(self.out), "--metrics", "127.0.0.1:0",
                             *harness.sets(*LONG))
        return process, harness.metrics_port(process)

    def wait_for_devices(self, port, count):
        """Until so many devices are provisioned; the test's own time limit ends it otherwise."""
        while True:
            for line in harness.scrape(port).splitlines():
                if line.startswith('otafleet_provisioning_total{result="ok"}') and float(line.split()[1]) >= count:
                    return

    def assert_gone(self, pid):
        limit = time.monotonic() + 30
        while harness.is_alive(pid):
            self.assertLess(time.monotonic(), limit, f"process {pid} is still there")
            os.sched_yield()

    def test_ctrl_c_writes_the_results_and_ends_with_130(self):
        process, port = self.run_until_it_serves()
        self.wait_for_devices(port, 5)
        stub, = harness.children_of(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, out + err)
        summary = json.loads((self.out / "summary.json").read_text())
        self.assertGreaterEqual(summary["devices"]["provisioned"], 5)
        self.assertEqual(summary["exit_code"], 130)
        self.assert_gone(stub)

    def test_ctrl_c_before_the_first_device_also_ends_with_130(self):
        process, _ = self.run_until_it_serves()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, out + err)
        self.assertTrue((self.out / "summary.json").exists())

    def test_the_backend_dies_with_its_parent(self):
        process, port = self.run_until_it_serves()
        stub, = harness.children_of(process.pid)
        process.kill()
        self.assert_gone(stub)

    def test_a_backend_that_dies_ends_the_run_with_5_and_keeps_the_results(self):
        process, port = self.run_until_it_serves()
        self.wait_for_devices(port, 1)
        stub, = harness.children_of(process.pid)
        os.kill(stub, signal.SIGKILL)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 5, out + err)
        self.assertIn("backend ended", out + err)
        self.assertTrue((self.out / "summary.json").exists())


if __name__ == "__main__":
    harness.main()
