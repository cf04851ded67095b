"""Every attack is served to 200 devices: none accepts one, each is refused under its name, and the genuine update that
follows goes through."""
import json

import harness

ATTACKS = str(harness.ROOT / "scenarios" / "attacks.yaml")

# protocol.md section 5: what the real client calls it. Old Image targets beside a newer snapshot fail by their hash (I10).
NAMES = {
    "rollback": {"SecurityException::targets"},
    "freeze": {"ExpiredMetadata::targets"},
    "mix-and-match": {"SecurityException::targets"},
    "arbitrary-software": {"BadKeyId::targets"},
    "endless-data": {"MetadataFetchFailure::targets"},
    "wrong-role-key": {"BadKeyId::targets"},
    "repeated-ecu": {"InvalidMetadata::targets"},
    "wrong-hardware": {"BadHardwareId"},
    "replaced-payload": {"TargetHashMismatch"},
    "skipped-root": {"RootRotationError::root"},
}


class Attacks(harness.EndToEnd):
    def test_none_is_accepted_and_the_genuine_update_goes_through(self):
        code, out, err = self.otafleet("run", ATTACKS, "--out", str(self.out), timeout=900,
                                       *harness.sets("generator.max_schedule_lag=10m"))
        self.assertEqual(code, 0, out + err)
        summary = self.summary()
        attacks = {one["kind"]: one for one in summary["attacks"]}
        self.assertEqual(set(attacks), set(NAMES))
        for kind, attack in attacks.items():
            with self.subTest(kind):
                self.assertEqual(attack["accepted"], 0, attack)
                self.assertEqual(attack["devices"], 200, attack)
                self.assertGreaterEqual(attack["served"], 200, attack)
                self.assertEqual(attack["refused"], 200, attack)
                # Every device refused it by its name, whatever else it may have met with meanwhile.
                self.assertEqual({name for name, devices in attack["names"].items() if devices == 200}, NAMES[kind],
                                 attack)
        devices = [json.loads(line) for line in (self.out / "devices.jsonl").read_text().splitlines()]
        self.assertEqual(len(devices), 200)
        self.assertEqual({device["installed"] for device in devices}, {"gw-fw-2"})
        self.assertEqual(summary["ground_truth"]["discrepancies"], 0, summary["ground_truth"])
        self.assertEqual(summary["identity"]["mismatches"], 0)
        self.assertIn("attacks", out)
        for kind in NAMES:
            self.assertIn(kind, out)

    def test_a_timed_attack_ends_by_itself_and_is_counted(self):
        code, out, err = self.otafleet(
            "run", ATTACKS, "--out", str(self.out),
            *harness.sets("fleets.pilot.devices=5", "fleets.pilot.poll.every=200ms", "operations=[]",
                          "faults=[{when: 100% provisioned, for: 3s, attack: freeze}]",
                          "thresholds={attacks.accepted: == 0, attacks.refused: == 5}",
                          "generator.max_schedule_lag=10m"))
        self.assertEqual(code, 0, out + err)
        (attack,) = self.summary()["attacks"]
        self.assertEqual((attack["kind"], attack["refused"], attack["devices"]), ("freeze", 5, 5))
        self.assertGreater(attack["served"], 5)

    def test_an_attack_that_nobody_was_served_proves_nothing(self):
        code, out, err = self.otafleet(
            "run", ATTACKS, "--out", str(self.out),
            *harness.sets("fleets.pilot.devices=2", "operations=[]", "until.all=time", "until.at_most=2s",
                          "faults=[{from: 1h, for: 3s, attack: freeze}]", "thresholds={attacks.accepted: == 0}",
                          "generator.max_schedule_lag=10m"))
        self.assertEqual(code, 3, out + err)
        self.assertIn("never served", out)


if __name__ == "__main__":
    harness.main()
