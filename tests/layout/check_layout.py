#!/usr/bin/env python3
"""Checks the house: which room includes which, and that heavy headers stay out of ours.

Exit code 1 and one line per breach. docs/architecture.md explains the rules.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Room -> rooms whose headers it may include. The command line may use everything.
MAY_USE = {
    "pki": set(),
    "telemetry": set(),
    "scenarios": set(),
    "uptane": {"pki"},
    "net": {"pki"},
    "hsm-sim": {"pki"},
    "device": {"uptane", "pki"},
    "solo": {"device", "net", "uptane", "pki"},
    "server-stub": {"uptane", "pki", "telemetry"},
    "actors": {"device", "net", "hsm-sim", "telemetry", "scenarios", "uptane", "pki"},
    "cli": {"pki", "telemetry", "scenarios", "uptane", "net", "hsm-sim", "device", "solo", "server-stub",
            "actors"},
}
# Parts of a shared room that a neighbour must not use: the backend and the device may not share the code that judges.
MUST_NOT_INCLUDE = {
    "server-stub": {"uptane/trust.hpp", "uptane/vehicle.hpp", "uptane/manifest.hpp", "uptane/metadata.hpp",
                    "uptane/document_pool.hpp", "uptane/target_search.hpp", "uptane/judge.hpp", "uptane/root_chain.hpp",
                    "uptane/announcements.hpp", "uptane/secondary.hpp", "uptane/probe.hpp"},
}
# Headers that cost seconds per file: never in a header of ours, because whoever includes it pays; tests' headers may.
HEAVY = re.compile(r"^(caf/(?!fwd\.hpp|atom\.hpp|allowed_unsafe_message_type\.hpp)|boost/(?!asio/)|nlohmann/(?!json_fwd)|yaml-cpp/|prometheus/"
                   r"|simdjson|curl/|CLI/|valijson/|spdlog/)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def breaches():
    for room, allowed in MAY_USE.items():
        for file in sorted((ROOT / room).rglob("*.[ch]pp")):
            name = file.relative_to(ROOT)
            text = file.read_text()
            if not text.startswith("//") and not text.startswith("#include"):
                yield f"{name}: begins neither with a comment that says what lives here nor with its own header"
            for bracket, header in INCLUDE.findall(text):
                if bracket == "<":
                    if file.suffix == ".hpp" and not file.name.endswith(".test.hpp") and HEAVY.match(header):
                        yield f"{name}: includes <{header}>; keep it in a .cpp file"
                    continue
                used = header.split("/")[0]
                if used not in MAY_USE:
                    yield f'{name}: includes "{header}", which is in no room; write the path from the top'
                elif used != room and used not in allowed:
                    yield f'{name}: {room} may not use {used} ("{header}")'
                elif header in MUST_NOT_INCLUDE.get(room, ()) and not file.name.endswith(".test.cpp"):
                    yield f'{name}: {room} must not share "{header}" with the device'
                if not (ROOT / header).exists():
                    yield f'{name}: includes "{header}", which does not exist'


def main():
    found = list(breaches())
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
