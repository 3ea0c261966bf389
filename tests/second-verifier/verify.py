#!/usr/bin/env python3
"""A second verifier, written from format-spec/SPEC.md alone. It needs Python 3.11 and nothing else.

    python3 verify.py PACKAGE --keyring FILE [--state FILE] [--danger-allow-example-keys]

Prints a verdict and the rule behind it. Exit status: 0 accepted, 1 refused, 2 could not be read.
"""

import argparse
import sys
import tomllib

sys.dont_write_bytecode = True

from cbor import Refused  # noqa: E402
from device import Device  # noqa: E402
from package import Keyring, Package, Policy  # noqa: E402


def judge(file, keyring, policy, device=None, release=lambda data: None):
    """How a package fits the device, if there is one; `Refused` if it is not accepted."""
    package = Package(file, keyring, policy)
    fit = device.fits(package, policy) if device else None
    package.finish(release)
    return fit


def arguments():
    parser = argparse.ArgumentParser(description="Judges an update package by SPEC.md.")
    parser.add_argument("package")
    parser.add_argument("--keyring", required=True)
    parser.add_argument("--state", help="TOML, as format-spec/vectors/README.md describes it")
    parser.add_argument("--danger-allow-example-keys", action="store_true", help="for examples, never on a device")
    return parser.parse_args()


def read_state(path):
    with open(path, "rb") as file:
        return Device(tomllib.load(file))


def main():
    args = arguments()
    try:
        with open(args.keyring, "rb") as file:
            keyring = Keyring(file, args.danger_allow_example_keys)
    except Refused as refused:
        print(f"{args.keyring}: keyring refused: {refused.rule}")
        return 1
    try:
        with open(args.package, "rb") as file:
            fit = judge(file, keyring, Policy(), read_state(args.state) if args.state else None)
    except Refused as refused:
        print(f"{args.package}: refused: {refused.rule}")
        return 1
    print(f"{args.package}: accepted" + (f": {fit}" if fit else ""))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, tomllib.TOMLDecodeError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
