"""Bad input gets one clear line and the right exit code."""
import os
import socket

import harness


class BadInput(harness.EndToEnd):
    def expect(self, code, *words, arguments):
        """The command ends with `code`, and one line of its standard error holds all words."""
        got, out, err = self.otafleet(*arguments, timeout=60)
        self.assertEqual(got, code, out + err)
        self.assertTrue(any(all(word in line for word in words) for line in err.splitlines()), err)
        self.assertNotIn("terminate", err)
        self.assertFalse(self.out.exists() and list(self.out.glob("summary.json")))

    def run_with(self, *overrides):
        return ["run", harness.QUICKSTART, "--out", str(self.out), *harness.sets(*overrides)]

    def test_wrong_arguments_end_with_2(self):
        for arguments in ([], ["fly"], ["run"], ["run", harness.QUICKSTART, "--nonsense"],
                          ["run", harness.QUICKSTART, "--seed", "many"]):
            code, out, err = self.otafleet(*arguments)
            self.assertEqual(code, 2, f"{arguments}: {out}{err}")

    def test_help_and_version_end_with_0(self):
        for arguments in (["--help"], ["--version"], ["run", "--help"], ["schema"]):
            code, out, _ = self.otafleet(*arguments)
            self.assertEqual(code, 0, arguments)
            self.assertTrue(out.strip(), arguments)

    def test_a_missing_file_is_named(self):
        self.expect(2, "nowhere.yaml", arguments=["run", "nowhere.yaml"])
        self.expect(2, "nowhere.yaml", arguments=["validate", "nowhere.yaml"])

    def test_a_directory_is_not_a_scenario(self):
        self.expect(2, str(self.directory), arguments=["run", str(self.directory)])

    def test_an_unknown_key_gets_its_position_and_a_suggestion(self):
        path = self.write("typo.yaml", "name: typo\nbackend: {stub: {}}\naccounts: {a: {}}\nfleets:\n  f: {acount: a}\n")
        self.expect(2, "typo.yaml:5:", "acount", "account", arguments=["validate", path])

    def test_a_wrong_unit_names_the_field(self):
        self.expect(2, "fleets.pilot.poll.every", arguments=self.run_with("fleets.pilot.poll.every=10 parsecs"))

    def test_impossible_waves_are_refused(self):
        assign = "operations=[{upload: {image: i, size: 1kB, account: development, hardware: gw-imx8}}, " \
                 "{assign: {image: i, fleet: pilot, waves: [50%, 10%]}}]"
        self.expect(2, "waves", arguments=self.run_with(assign))

    def test_an_override_of_nothing_is_refused(self):
        self.expect(2, "--set", "fleets.pilot.colour", arguments=self.run_with("fleets.pilot.colour=red"))

    def test_all_errors_are_told_at_once(self):
        code, _, err = self.otafleet(*self.run_with("fleets.pilot.devices=0", "fleets.pilot.start.rate=fast"))
        self.assertEqual(code, 2)
        self.assertIn("fleets.pilot.devices", err)
        self.assertIn("fleets.pilot.start.rate", err)

    def test_a_port_in_use_ends_with_5(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.expect(5, str(port), arguments=["run", harness.QUICKSTART, "--out", str(self.out), "--metrics",
                                                 f"127.0.0.1:{port}", *harness.sets(*harness.SMALL)])
            self.expect(5, str(port), arguments=["stub", "--port", str(port), "--operator-port", "0"])

    def test_a_directory_that_cannot_be_written_ends_with_5(self):
        file = self.write("file", "")
        self.expect(5, file, arguments=["run", harness.QUICKSTART, "--out", os.path.join(file, "run")])


if __name__ == "__main__":
    harness.main()
