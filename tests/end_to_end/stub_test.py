"""The backend alone serves any client: here the curl and openssl command lines."""
import json
import re
import signal
import stat
import subprocess
import urllib.error
import urllib.request

import harness


class Stub(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.credentials = self.directory / "credentials"
        self.process = self.start("stub", "--port", "0", "--operator-port", "0", "--dir", str(self.credentials))
        text = ""
        while "account" not in text:
            line = self.process.stdout.readline()
            self.assertTrue(line, "the stub ended before it served")
            text += line
        self.gateway = re.search(r"gateway\s+(\S+)", text).group(1)
        self.operators = re.search(r"operators\s+(\S+)", text).group(1)
        self.token = (self.credentials / "operator.token").read_text().strip()

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.directory)

    def unpack(self, p12, name):
        """Splits a PKCS#12 without a password into NAME.crt, NAME.key and NAME.ca."""
        for what, flags in (("crt", ["-clcerts", "-nokeys"]), ("key", ["-nocerts", "-noenc"]), ("ca", ["-cacerts", "-nokeys"])):
            self.openssl("pkcs12", "-in", str(p12), "-passin", "pass:", *flags, "-out", f"{name}.{what}")

    def curl(self, name, path, *arguments):
        """Returns (status, body) of a request with the certificate NAME."""
        body = self.directory / "body"
        done = subprocess.run(["curl", "-sS", "--cert", f"{name}.crt", "--key", f"{name}.key", "--cacert", f"{name}.ca",
                               "-o", str(body), "-w", "%{http_code}", *arguments, self.gateway + path],
                              check=True, capture_output=True, text=True, cwd=self.directory)
        return int(done.stdout), body.read_bytes()

    def operate(self, method, path, account="default", token=None):
        request = urllib.request.Request(self.operators + path, method=method)
        request.add_header("Authorization", f"Bearer {self.token if token is None else token}")
        request.add_header("x-ats-namespace", account)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def provision(self, device):
        self.unpack(self.credentials / "default" / "autoprov_credentials.p12", "shared")
        status, p12 = self.curl("shared", "/devices", "-H", "Content-Type: application/json",
                                "-d", json.dumps({"deviceId": device, "ttl": "365"}))
        self.assertEqual(status, 200)
        archive = self.directory / f"{device}.p12"
        archive.write_bytes(p12)
        self.unpack(archive, device)

    def test_a_client_trades_the_shared_certificate_for_its_own(self):
        self.provision("bench-1")
        status, root = self.curl("bench-1", "/director/1.root.json")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(root)["signed"]["_type"], "Root")
        status, _ = self.curl("bench-1", "/director/2.root.json")
        self.assertEqual(status, 404)
        # The shared certificate opens no other door.
        status, _ = self.curl("shared", "/director/1.root.json")
        self.assertEqual(status, 403)

    def test_without_a_certificate_there_is_no_connection(self):
        done = subprocess.run(["curl", "-sS", "-k", self.gateway + "/director/1.root.json"], capture_output=True)
        self.assertNotEqual(done.returncode, 0)

    def test_devices_and_images_are_never_deleted(self):
        self.provision("bench-1")
        for path in ("/api/v1/devices/bench-1", "/api/v1/user_repo/targets/fw-1"):
            status, body = self.operate("DELETE", path)
            self.assertEqual(status, 405, path)
            self.assertEqual(json.loads(body)["code"], "deletion_refused")

    def test_operators_need_their_token(self):
        status, _ = self.operate("GET", "/otafleet/v1/status", token="guess")
        self.assertEqual(status, 401)
        status, _ = self.operate("GET", "/otafleet/v1/status")
        self.assertEqual(status, 200)

    def test_credentials_are_readable_by_their_owner_alone(self):
        for file in self.credentials.rglob("*"):
            mode = stat.S_IMODE(file.stat().st_mode)
            self.assertEqual(mode & 0o077, 0, file)

    def test_it_ends_when_told_to(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        self.assertEqual(self.process.returncode, 0)


if __name__ == "__main__":
    harness.main()
