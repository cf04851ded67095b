"""Devices that are delivered with certificates, have several ECUs, and live through a rotation of keys."""
import json

import harness

FLEET = """name: delivered
seed: 11
backend: {stub: {like: LIKE}}
accounts: {production: {device_ca: own}}
fleets:
  vans:
    account: production
    devices: 12
    hardware: gw
    client: CLIENT
    provisioning: device-credentials
    keys: {uptane: {type: ed25519}}
    poll: {every: 500ms, jitter: 20%}
    secondaries: [{hardware: lamp, key: {type: ed25519}}]
operations:
  - upload: {image: gw-1, size: 10KiB, account: production, hardware: gw}
  - upload: {image: lamp-1, size: 10KiB, account: production, hardware: lamp}
  - when: 100% provisioned
    assign: {image: gw-1, fleet: vans}
  - when: 100% updated
    rotate: {account: production, repository: image, keys: [root, targets]}
  - rotate: {account: production, repository: director, keys: [root, targets]}
  - assign: {image: lamp-1, fleet: vans}
until: {all: updated, at_most: 5m}
thresholds: {updates.failed: == 0, identity.mismatches: == 0}
generator: {max_schedule_lag: 10m}
"""


class Delivered(harness.EndToEnd):
    def play(self, like="here", client="aktualizr", *sets):
        scenario = self.write("delivered.yaml", FLEET.replace("LIKE", like).replace("CLIENT", client))
        code, out, err = self.otafleet("run", scenario, "--out", str(self.out), *harness.sets(*sets))
        self.assertEqual(code, 0, out + err)
        summary = self.summary()
        self.assertEqual(summary["devices"]["provisioned"], 12)
        self.assertEqual(summary["updates"]["installed"], 24, summary["failures"])
        self.assertEqual(summary["ground_truth"]["discrepancies"], 0, summary["ground_truth"])
        self.assertGreater(summary["identity"]["requests_checked"], 0)
        # Nobody asked for a certificate.
        self.assertNotIn("devices", summary["http"]["by_endpoint"])
        return [json.loads(line) for line in (self.out / "devices.jsonl").read_text().splitlines()]

    def test_two_ecus_are_updated_one_after_the_other_across_a_rotation_of_all_keys(self):
        devices = self.play()
        self.assertEqual({device["installed"] for device in devices}, {"gw-1"})

    def test_the_strict_client_goes_the_same_way(self):
        self.play("here", "strict")

    def test_a_backend_like_ota_ce_serves_devices_that_are_called_by_uuids(self):
        for device in self.play("ota-ce"):
            self.assertRegex(device["device_id"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


if __name__ == "__main__":
    harness.main()
