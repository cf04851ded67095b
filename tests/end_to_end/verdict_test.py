"""Exit codes: each kind of end has its own."""
import harness


class Verdict(harness.EndToEnd):
    def test_a_threshold_that_does_not_hold_ends_with_3_and_is_named(self):
        code, out, err = self.otafleet("run", harness.QUICKSTART, "--out", str(self.out),
                                       *harness.sets(*harness.SMALL, "thresholds={provisioning.response: p99 < 1us}"))
        self.assertEqual(code, 3, out + err)
        self.assertIn("provisioning.response", out)
        summary = self.summary()
        self.assertEqual(summary["verdict"], "fail")
        self.assertFalse(summary["thresholds"][0]["ok"])

    def test_a_threshold_without_samples_fails(self):
        code, out, err = self.otafleet("run", harness.QUICKSTART, "--out", str(self.out),
                                       *harness.sets(*harness.SMALL, "operations=[]", "until.all=provisioned",
                                                     "thresholds={update.duration: p99 < 1h}"))
        self.assertEqual(code, 3, out + err)

    def test_a_goal_that_is_not_reached_in_time_ends_with_3(self):
        code, out, err = self.otafleet("run", harness.QUICKSTART, "--out", str(self.out),
                                       *harness.sets(*harness.SMALL, "fleets.pilot.start.rate=1/s", "until.at_most=3s"))
        self.assertEqual(code, 3, out + err)
        self.assertIn("not provisioned", out)

    def test_a_generator_that_is_late_ends_with_4(self):
        code, out, err = self.otafleet("run", harness.QUICKSTART, "--out", str(self.out),
                                       *harness.sets(*harness.SMALL, "generator.max_schedule_lag=1ns"))
        self.assertEqual(code, 4, out + err)
        self.assertEqual(self.summary()["verdict"], "invalid")


if __name__ == "__main__":
    harness.main()
