"""A fleet on a backend that somebody else runs: here it is our own, started beside the run."""
import json
import pathlib
import re
import subprocess
import time

import harness

LIVE = """max_rate: {rate}
accounts:
  development:
    credentials: {zip}
    operator: {{url: "{operators}", token: "{token}"}}
"""


class Live(harness.EndToEnd):
    def start_stub(self, *arguments):
        """Returns (gateway URL, operators' URL, operators' token) of a stub with quickstart's account."""
        process = self.start("stub", "--config", harness.QUICKSTART, "--port", "0", "--operator-port", "0",
                             "--host-name", "localhost", "--dir", "stub", "--credentials", "credentials", *arguments)
        gateway = re.search(r"https://\S+", process.stdout.readline()).group(0)
        operators = re.search(r"http://\S+", process.stdout.readline()).group(0)
        token = (self.directory / "stub" / "operator.token").read_text().strip()
        return gateway, operators, token

    def live_file(self, operators, token, rate="500/s"):
        return self.write("live.yaml", LIVE.format(rate=rate, zip="credentials/development.zip", operators=operators,
                                                   token=token))

    def test_the_same_scenario_plays_on_a_live_backend_and_tells_no_secret(self):
        _, operators, token = self.start_stub()
        code, out, err = self.otafleet("run", harness.QUICKSTART, "--live", self.live_file(operators, token), "--out",
                                       str(self.out), *harness.sets(*harness.SMALL))
        self.assertEqual(code, 0, out + err)
        summary = self.summary()
        self.assertEqual(summary["devices"]["provisioned"], 40)
        self.assertEqual(summary["updates"]["installed"], 40)
        self.assertIn("compared with what the backend believes", out)
        self.assertNotIn(token, out + err)
        for file in self.out.iterdir():
            self.assertNotIn(token, file.read_text(), file)

    def test_a_stated_maximum_rate_is_kept(self):
        _, operators, token = self.start_stub()
        began = time.monotonic()
        code, out, err = self.otafleet(
            "run", harness.QUICKSTART, "--live", self.live_file(operators, token, "40/s"), "--out", str(self.out),
            *harness.sets(*harness.SMALL, "fleets.pilot.devices=20", "fleets.pilot.start=at-once", "operations=[]",
                          "until.all=provisioned", "thresholds={}"))
        took = time.monotonic() - began
        self.assertEqual(code, 0, out + err)
        requests = self.summary()["generator"]["requests"]
        self.assertLessEqual(requests, 40 * took + 1)
        self.assertGreater(self.summary()["generator"]["held_back"], 0)
        self.assertIn("because of max_rate", " ".join(out.split()))

    def test_nothing_is_sent_off_this_machine_that_was_not_allowed(self):
        self.start_stub()
        live = self.write("live.yaml", "accounts:\n  development:\n    gateway: https://gateway.example\n"
                                       "    credentials: credentials/development.zip\n"
                                       "    operator: {url: 'http://127.0.0.1:9'}\n")
        run = ("run", harness.QUICKSTART, "--live", live, "--out", str(self.out))
        code, out, err = self.otafleet(*run)
        self.assertEqual(code, 2, out + err)
        self.assertIn("--allow-target gateway.example", err)
        code, out, err = self.otafleet(*run, "--allow-target", "gateway.example")
        self.assertEqual(code, 2, out + err)
        self.assertIn("max_rate", err)
        code, out, err = self.otafleet(*run, "--allow-target", "https://gateway.example/")
        self.assertEqual(code, 2, out + err)
        self.assertIn("without scheme, port or path", err)
        self.assertFalse(self.out.exists())

    def test_a_broken_configuration_is_told_with_its_place(self):
        live = self.write("live.yaml", "accounts:\n  development:\n    credentals: x.zip\n")
        code, _, err = self.otafleet("run", harness.QUICKSTART, "--live", live)
        self.assertEqual(code, 2)
        self.assertIn("live.yaml:3:5: backend.live.accounts.development.credentals: there is no key", err)

    def test_devices_are_delivered_with_certificates_of_an_authority_that_the_user_owns(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=own fleet", "-days", "2",
                        "-addext", "keyUsage=critical,keyCertSign", "-addext", "extendedKeyUsage=critical,clientAuth"],
                       cwd=self.directory, check=True, capture_output=True)
        gateway, operators, token = self.start_stub("--like", "ota-ce", "--device-ca", "development=ca.pem")
        self.extract_gateway_authorities()
        live = self.write("live.yaml", f"accounts:\n  development:\n    like: ota-ce\n    gateway: {gateway}\n"
                                       "    device_ca: {certificate: ca.pem, key: ca.key, server_ca: root.crt}\n"
                                       f"    operator: {{url: '{operators}', token: {token}}}\n")
        code, out, err = self.otafleet("run", harness.QUICKSTART, "--live", live, "--out", str(self.out),
                                       *harness.sets(*harness.SMALL, "fleets.pilot.devices=10",
                                                     "fleets.pilot.provisioning=device-credentials"))
        self.assertEqual(code, 0, out + err)
        self.assertEqual(self.summary()["updates"]["installed"], 10)
        for line in (self.out / "devices.jsonl").read_text().splitlines():
            self.assertRegex(json.loads(line)["device_id"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

    def extract_gateway_authorities(self):
        """Takes whom to trust at the gateway out of the provisioning credential."""
        p12 = self.directory / "stub" / "development" / "autoprov_credentials.p12"
        pem = subprocess.run(["openssl", "pkcs12", "-in", p12, "-passin", "pass:", "-cacerts", "-nokeys"], check=True,
                             capture_output=True).stdout
        pathlib.Path(self.directory / "root.crt").write_bytes(pem)


if __name__ == "__main__":
    harness.main()
