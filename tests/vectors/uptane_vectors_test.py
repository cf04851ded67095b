#!/usr/bin/env python3
"""Runs all public Uptane vectors of one flavour against `otafleet device check`.

Exit code 0 when every one of them passes at level `class`, strictly; 1 when not; 77 (skipped) where the vectors are not
there. They are unpacked once (70 MB) into the build directory, and again when the archive changes.
"""
import argparse
import fcntl
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile

SKIPPED = 77
VECTORS = 86
OPTIONS = ("--director-url {director_url} --image-url {image_url} --state-dir {state_dir} --download-dir {download_dir}"
           # The vectors never see the device's own key, and an RSA key takes a tenth of a second.
           " --ecu {ecu_id}:{hw_id} --key-type ed25519")


def unpacked(archive, work):
    """The folder with both flavours; two tests at once do not get in each other's way."""
    work.mkdir(parents=True, exist_ok=True)
    folder = work / "unpacked"
    stamp = folder / "archive.sha256"
    with open(work / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != digest:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            with tarfile.open(archive) as tar:
                tar.extractall(folder)
            stamp.write_text(digest)
    return folder / "vectors"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flavour", required=True)
    parser.add_argument("--vectors", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--otafleet", required=True)
    args = parser.parse_args()
    if not args.vectors.is_dir():
        print(f"skipped: {args.vectors} is not there; name the folder with -DOTAFLEET_VECTORS=DIR")
        return SKIPPED
    flavour = unpacked(args.vectors / "uptane-vectors.tar.xz", args.work) / args.flavour
    run = subprocess.run([sys.executable, args.vectors / "run_vectors.py", "--vectors", flavour, "--level", "class",
                          "--strict", "--cmd", f"'{args.otafleet}' device check {OPTIONS}"],
                         stdout=subprocess.PIPE, text=True)
    print(run.stdout, end="")
    if run.returncode != 0:
        return 1
    summary = json.loads(run.stdout.splitlines()[-1])
    if summary["vectors"] != VECTORS or summary["passed"] != VECTORS:
        print(f"{summary['passed']} of {summary['vectors']} vectors passed; {VECTORS} must")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
