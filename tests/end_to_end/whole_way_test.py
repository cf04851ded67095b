"""A fleet provisions, updates and reports for real, and devices and backend agree on it."""
import json

import harness


class WholeWay(harness.EndToEnd):
    def test_a_fleet_provisions_and_updates_and_the_backend_agrees(self):
        code, out, err = self.otafleet("run", harness.QUICKSTART, "--out", str(self.out), *harness.sets(*harness.SMALL))
        self.assertEqual(code, 0, out + err)
        summary = self.summary()
        self.assertEqual(summary["schema_version"], 1)
        self.assertEqual(summary["verdict"], "pass")
        self.assertEqual(summary["devices"], {"total": 40, "provisioned": 40, "failed": 0})
        self.assertEqual(summary["updates"], {"assigned": 40, "installed": 40, "failed": 0})
        self.assertEqual(summary["backend"]["devices"], 40)
        self.assertEqual(summary["backend"]["updated"], 40)
        self.assertEqual(summary["identity"]["mismatches"], 0)
        # At least provision, register, four reports, three polls' worth and an update for each device.
        self.assertGreater(summary["identity"]["requests_checked"], 40 * 20)
        # Per device: two roots, two lists of targets, a timestamp and a snapshot at the very least.
        self.assertGreaterEqual(summary["signature_checks"]["count"], 40 * 6)
        self.assertEqual(summary["signature_checks"]["failed"], 0)
        self.assertIn("pass", out.lower())

    def test_the_run_directory_tells_every_device_and_the_scenario_as_it_was_played(self):
        code, out, err = self.otafleet("run", harness.QUICKSTART, "--out", str(self.out), "--seed", "99",
                                       *harness.sets(*harness.SMALL))
        self.assertEqual(code, 0, out + err)
        devices = [json.loads(line) for line in (self.out / "devices.jsonl").read_text().splitlines()]
        self.assertEqual(len(devices), 40)
        self.assertEqual({device["installed"] for device in devices}, {"gw-fw-1"})
        self.assertEqual(len({device["device_id"] for device in devices}), 40)
        self.assertEqual(self.summary()["seed"], 99)
        # The resolved scenario is itself a scenario.
        code, out, err = self.otafleet("validate", str(self.out / "scenario.yaml"))
        self.assertEqual(code, 0, out + err)

    def test_both_client_profiles_mix_no_identities_with_tls_tickets_on(self):
        scenario = self.write("profiles.yaml", """
name: profiles
backend: {stub: {}}
accounts: {development: {metadata_keys: ed25519}}
fleets:
  fresh: {account: development, devices: 150, hardware: gw, client: aktualizr, keys: {uptane: {type: ed25519}},
          start: {rate: 60/s}, poll: {every: 2s}}
  kept:  {account: development, devices: 150, hardware: gw, client: keep-alive, keys: {uptane: {type: ed25519}},
          start: {rate: 60/s}, poll: {every: 2s}}
operations:
  - upload: {image: fw, size: 10kB, account: development, hardware: gw}
  - assign: {image: fw, fleet: fresh}
  - assign: {image: fw, fleet: kept}
until: {all: updated, at_most: 10m}
generator: {max_schedule_lag: 10m}
""")
        code, out, err = self.otafleet("run", scenario, "--out", str(self.out))
        self.assertEqual(code, 0, out + err)
        summary = self.summary()
        self.assertEqual(summary["identity"]["mismatches"], 0)
        self.assertEqual(summary["updates"]["installed"], 300)
        # 150 devices keep one connection each, give or take those that were opened again.
        generator = summary["generator"]
        self.assertLess(generator["connections"], generator["requests"])

    def test_a_device_that_reboots_reports_afterwards(self):
        code, out, err = self.otafleet("run", harness.QUICKSTART, "--out", str(self.out),
                                       *harness.sets(*harness.SMALL, "fleets.pilot.install.reboots=true"))
        self.assertEqual(code, 0, out + err)
        self.assertEqual(self.summary()["updates"]["installed"], 40)


if __name__ == "__main__":
    harness.main()
