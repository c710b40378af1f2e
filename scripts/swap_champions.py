"""A champion that changes again and again while a service is under load.

    python scripts/swap_champions.py sqlite:///outputs/mlflow.db NAME http://127.0.0.1:8000

Moves the alias `champion` between the two newest versions, and waits each time until the service
answers by it. Run `scripts/load_test.py` beside it to see whether a request fails. The alias ends
where it was.
"""

import argparse
import json
import sys
import time

import httpx
from mlflow import MlflowClient

ALIAS = "champion"
LONGEST_SECONDS = 120.0


def main() -> None:
    """Swap, and print how long the service took each time (s)."""
    parser = argparse.ArgumentParser(prog="swap_champions.py", description=__doc__)
    parser.add_argument("tracking_uri")
    parser.add_argument("name")
    parser.add_argument("url")
    parser.add_argument("--swaps", type=int, default=20)
    given = parser.parse_args()
    client = MlflowClient(tracking_uri=given.tracking_uri)
    versions = client.search_model_versions(f"name = '{given.name}'")
    newest = sorted((int(version.version) for version in versions), reverse=True)[:2]
    if len(newest) < 2:
        sys.exit(f"swap_champions.py: {given.name} has no two versions")
    before = client.get_model_version_by_alias(given.name, ALIAS).version
    try:
        taken = [_swap(client, given, newest[swap % 2]) for swap in range(given.swaps)]
    finally:
        client.set_registered_model_alias(given.name, ALIAS, before)
    print(json.dumps({"swaps": len(taken), "longest_s": round(max(taken), 2)}))


def _swap(client: MlflowClient, given: argparse.Namespace, version: int) -> float:
    """Name another champion; return the seconds until it answers."""
    client.set_registered_model_alias(given.name, ALIAS, str(version))
    started = time.monotonic()
    while httpx.get(f"{given.url}/ready", timeout=30).json()["status"] != f"version {version}":
        if time.monotonic() - started > LONGEST_SECONDS:
            sys.exit(f"swap_champions.py: version {version} is not taken up")
        time.sleep(0.02)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
