#!/usr/bin/env python3
"""Derives the scenes beside it from the trace of the real client.

Usage: derive.py wire-trace.md DIRECTORY

What the trace shows in full is taken from it; what it leaves out ("same bodies as A", "bodies of plain manifests
omitted") is filled in by the facts that it states, and where a body is shown the filled-in state must agree with it.
README.md says what the members and the words that begin with `$` mean.
"""
import copy
import json
import pathlib
import re
import sys

REQUEST = re.compile(r"^(\d+)\. \*\*(\w+) (\S+)\*\* HTTP/1\.1 \(conn (\d+), TLSv1\.3, client cert CN=(\S+)\) -> (\d+), \d+ B body$")
HEADERS = re.compile(r"^   - headers: `(.*)`$")
BODY = re.compile(r"^   - (?:JSON )?body \((\d+) B(?:, application/toml)?\):$")
ALERT = "tlsv1 alert unknown ca"
NOTHING = {"fileinfo": {"hashes": {"sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                        "length": 0}}
# What the trace calls "same bodies as A" cannot hold for these: they say how and where the device was set up.
SETUP = {"provision_path", "images_path", "packages_file", "path", "base_path", "reboot_sentinel_dir", "reboot_command",
         "secondary_config_file"}
ERRORS = {
    "POST /devices 409 device_already_registered once": '{"code":"device_already_registered"}',
    "POST /devices 409 other code": '{"code":"another_conflict"}',
    "POST /devices 409 device_already_registered with a configured device_id": '{"code":"device_already_registered"}',
    "POST /director/ecus 409 ecu_already_registered": '{"code":"ecu_already_registered"}',
    "POST /director/ecus 400 with a non-JSON body once": "not json",
}


# -- reading the trace --------------------------------------------------------------


def sections(lines):
    """Letter -> list of (title, lines) of its scenes."""
    found = {}
    for line in lines:
        if line.startswith("## "):
            letter = line[3]
            found[letter] = [("", [])]
        elif line.startswith("### ") and found:
            found[letter].append((line[4:], []))
        elif found:
            found[letter][-1][1].append(line)
    return found


def fenced(lines, at):
    """The text of the block that begins at or after `at`."""
    while not lines[at].startswith("```"):
        at += 1
    end = at + 1
    while lines[end] != "```":
        end += 1
    return "\n".join(lines[at + 1:end])


def requests_of(lines):
    """The requests in their order; None for a handshake that failed."""
    found = []
    for at, line in enumerate(lines):
        if match := REQUEST.match(line):
            number, method, path, connection, client, status = match.groups()
            found.append({"number": int(number), "method": method, "path": path, "connection": int(connection),
                          "client": client, "status": int(status)})
        elif match := HEADERS.match(line):
            # The first facts say that these hold for every request.
            names = [each.split(":")[0] for each in match[1].split("; ")]
            with_body = found[-1]["method"] != "GET"
            assert names == ["User-Agent", "Accept"] + ["Content-Type", "Content-Length"] * with_body, line
        elif match := BODY.match(line):
            text = fenced(lines, at)
            is_json = "JSON" in line
            found[-1]["body"] = json.loads(text) if is_json else text
            if is_json:
                found[-1]["length"] = int(match[1])
        elif ALERT in line:
            found.append(None)
    return found


# -- shapes ---------------------------------------------------------------------------


class Names:
    """What stands for the serials and key ids of one device."""

    def __init__(self, ecus, key="rsa"):
        self.known = {}  # value in the trace -> word
        self.ecus = ecus
        self.key = key

    def shape(self, value, member=""):
        if isinstance(value, dict):
            if "hashes" in value:
                return value  # `images` sees to them
            return {self.known.get(k, k): self.shape(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self.shape(each, member) for each in value]
        if member == "sig":
            return "$signature:256" if self.key == "rsa" else "$signature:64"
        if member == "deviceTime":
            return "$time"
        return self.known.get(value, value) if isinstance(value, str) else value

    def images(self, value):
        """Hashes of images by their names; of nothing they stay as they are."""
        if isinstance(value, dict):
            if "filepath" in value and value["fileinfo"]["length"] != 0:
                value["fileinfo"]["hashes"]["sha256"] = "$sha256:" + value["filepath"]
            for each in value.values():
                self.images(each)
        elif isinstance(value, list):
            for each in value:
                self.images(each)
        return value

    def registration(self, body):
        for number, ecu in enumerate(body["ecus"]):
            serial = ecu["ecu_serial"]
            if re.fullmatch("[0-9a-f]{64}", serial):
                self.known[serial] = f"$keyid:{number}"
            key = ecu["clientKey"]
            key["keyval"]["public"] = f"$pem:{number}" if key["keytype"] == "RSA" else f"$hex:{number}"
        return self.shape(body)

    def manifest(self, counter, installed):
        """A plain one, without a report."""
        method = "rsassa-pss" if self.key == "rsa" else "ed25519"
        keyids = [f"$keyid:{number}" for number in range(len(self.ecus))]

        def sealed(signed, keyid):
            return {"signatures": [{"keyid": keyid, "method": method, "sig": self.shape("", "sig")}], "signed": signed}

        reports = {}
        for number, serial in enumerate(self.ecus):
            report = {"attacks_detected": "", "ecu_serial": serial, "installed_image": installed[number],
                      "previous_timeserver_time": "1970-01-01T00:00:00Z", "timeserver_time": "1970-01-01T00:00:00Z"}
            if number == 0:
                report["report_counter"] = str(counter)
            reports[serial] = sealed(report, keyids[number])
        return sealed({"ecu_version_manifests": reports, "primary_ecu_serial": self.ecus[0]}, keyids[0])


def system_info(body):
    keys = body["lshw -json root object, keys"].split()
    kinds = {"capabilities": "$object", "children": "$array", "claimed": True, "class": body["class"],
             "description": "$text", "id": "$text", "width": "$number"}
    assert sorted(keys) == sorted(kinds)
    return kinds


def config_lines(text, **changed):
    """The configuration line by line; `changed` are values that this scene is set up with."""
    lines = []
    for line in text.split("\n"):
        key, equals, value = line.partition(" = ")
        if equals and key in changed:
            value = changed[key]
        elif equals and key in SETUP:
            value = '"$text"'
        elif equals and value.startswith('"https://127.0.0.1:19443'):
            value = value.replace("https://127.0.0.1:19443", "$gateway")
        lines.append(key + equals + value)
    return lines


# -- scenes ---------------------------------------------------------------------------


class Device:
    """What one device has told so far, to fill in what the trace leaves out."""

    def __init__(self, names, shapes):
        self.names = names
        self.shapes = shapes
        self.counter = 0
        self.manifest_was = None
        self.installed = [dict(NOTHING, filepath="unknown")] + [dict(NOTHING, filepath="noimage")] * (len(names.ecus) - 1)

    def manifest(self, shown, retried):
        if not retried:
            self.counter += 1
        body = self.names.manifest(self.counter, copy.deepcopy(self.installed))
        if shown is None:
            return body
        shown = self.names.images(shown)
        key_of_primary = shown["signatures"][0]["keyid"]
        self.names.known.setdefault(key_of_primary, "$keyid:0")
        shown = self.names.shape(shown)
        for number, serial in enumerate(self.names.ecus):
            self.installed[number] = shown["signed"]["ecu_version_manifests"][serial]["signed"]["installed_image"]
        # Shown and filled in may differ in nothing but the report.
        plain = copy.deepcopy(shown)
        plain["signed"].pop("installation_report", None)
        assert plain == self.names.manifest(self.counter, self.installed), (self.counter, plain)
        return shown


def make_scene(identifier, title, raw, device, error=""):
    scene = {"id": identifier, "title": title, "failed_handshakes": raw.count(None), "requests": [], "events": []}
    if None in raw:  # six of them, one of the two requests behind them was a manifest: its number is used up
        assert raw.count(None) == 6 and raw[:6] == [None] * 6
        device.counter += 1
    before = None
    for request in filter(None, raw):
        body, path = request.pop("body", None), request["path"]
        length = request.pop("length", None)
        if path == "/events":
            assert request["status"] == 204 and isinstance(body, list)
            for event in body:
                event["id"] = "$uuid"
            scene["events"] += device.names.shape(body)
            continue
        if request["method"] != "GET":
            request["content_type"] = "application/toml" if path == "/system_info/config" else "application/json"
            if path == "/director/manifest":
                retried = before is not None and before["connection"] == request["connection"]
                request["body"] = device.manifest(body, retried)
                if length is not None:
                    request["length"] = length
            elif body is not None:
                request["body"] = body
            else:
                request["body"] = device.shapes[path]
        if request["status"] >= 400 and error and path in error[0]:
            request["answer"] = error[1]
        scene["requests"].append(request)
        before = request
    return scene


def section_a(found):
    raw = [(title, requests_of(lines)) for title, lines in found[1:]]
    names = Names(["$keyid:0"])
    shapes = {}
    first = raw[0][1]
    identity = first[0]["body"]["deviceId"]
    names.known[identity] = "$device"
    for request in first:
        path = request["path"]
        if path == "/devices":
            request["body"] = names.shape(request["body"])
        elif path == "/director/ecus":
            request["body"] = names.registration(request["body"])
        elif path == "/system_info":
            request["body"] = system_info(request["body"])
            request.pop("length")
        elif path == "/system_info/network":
            request["body"] = {"hostname": "$text", "local_ipv4": "$ipv4", "mac": "$mac"}
        elif path == "/system_info/config":
            shapes["config text"] = request["body"]
            request["body"] = config_lines(request["body"])
        if "body" in request:
            shapes[path] = request["body"]
    device = Device(names, shapes)
    scenes = [make_scene(f"A{n}", title, copy.deepcopy(requests), device) for n, (title, requests) in enumerate(raw, 1)]
    for scene in scenes:
        for request in scene["requests"]:
            if request["client"] == identity:
                request["client"] = "$device"
    return scenes, names, shapes, raw


def section_b(found, names, shapes, a):
    """Same bodies as A: the scenes have the same requests but for the first of all."""
    shapes = dict(shapes)
    shapes["/system_info/config"] = config_lines(shapes["config text"], mode='"$text"')
    device = Device(names, shapes)
    scenes = []
    for number, ((title, lines), (_, like)) in enumerate(zip(found[1:], a), 1):
        raw = requests_of(lines)
        like = [each for each in like if each["path"] != "/devices"]
        assert [each["path"] for each in raw] == [each["path"] for each in like]
        for request, same in zip(raw, like):
            if request["path"] in ("/director/manifest", "/events"):
                request["body"], request["length"] = copy.deepcopy(same["body"]), same["length"]
        scenes.append(make_scene(f"B{number}", title, raw, device))
    return scenes


def section_d(found, shapes):
    names = Names(["primary-0001", "$keyid:1"])
    config = {"mode": '"$text"', "primary_ecu_serial": '"primary-0001"'}
    shapes = dict(shapes)
    shapes["/system_info/config"] = config_lines(shapes["config text"], **config)
    device = Device(names, shapes)
    scenes = []
    for number, (title, lines) in enumerate(found[1:], 1):
        raw = requests_of(lines)
        if number == 1:
            raw[0]["body"] = names.registration(raw[0]["body"])
        if number == 6:
            shapes["/system_info/config"] = config_lines(shapes["config text"], fake_need_reboot="true", **config)
        scenes.append(make_scene(f"D{number}", title, raw, device))
    return scenes


def section_e(found, shapes, registration):
    scenes = []
    for number, (title, lines) in enumerate(found[1:], 1):
        raw = requests_of(lines)
        names = Names(["$keyid:0"], key="ed25519")
        shapes = dict(shapes)
        shapes["/director/ecus"] = names.registration(copy.deepcopy(registration))
        fixed = "fixed-id-1" if "configured device_id" in title else ""
        shapes["/devices"] = {"deviceId": fixed or "$device", "ttl": "365"}
        shapes["/system_info/config"] = config_lines(shapes["config text"], key_type='"ED25519"',
                                                     device_id=f'"{fixed}"')
        error = ""
        if title in ERRORS:
            error = ("/devices" if "/devices" in title else "/director/ecus", ERRORS[title])
        scene = make_scene(f"E{number}", title, raw, Device(names, shapes), error)
        if number == 4:  # refused for good: the client makes up another
            scene["requests"][0]["body"] = {"deviceId": "$device:refused", "ttl": "365"}
        for request in scene["requests"]:
            if request["client"] not in ("demo-bootstrap", fixed):
                request["client"] = "$device"
        scenes.append(scene)
    return scenes


# -- writing --------------------------------------------------------------------------


def written(scenes):
    """One line for each request and event."""
    def line(value):
        return json.dumps(value, sort_keys=False, ensure_ascii=False)

    text = ["["]
    for scene in scenes:
        text.append(f'{{"id": {line(scene["id"])}, "title": {line(scene["title"])},'
                    f' "failed_handshakes": {scene["failed_handshakes"]},')
        for kind, end in (("requests", ","), ("events", "},")):
            items = ",\n".join("  " + line(each) for each in scene[kind])
            text.append(f' "{kind}": [' + ("\n" + items if items else "") + "]" + end)
    text[-1] = text[-1][:-1]
    return "\n".join(text + ["]", ""])


def main():
    found = sections(pathlib.Path(sys.argv[1]).read_text().split("\n"))
    into = pathlib.Path(sys.argv[2])
    a, names, shapes, raw_a = section_a(found["A"])
    registration = json.loads(fenced(found["F"][0][1], 0))
    for name, scenes in (("a", a), ("b", section_b(found["B"], names, shapes, raw_a)), ("d", section_d(found["D"], shapes)),
                         ("e", section_e(found["E"], shapes, registration))):
        (into / f"{name}.json").write_text(written(scenes))


if __name__ == "__main__":
    main()
