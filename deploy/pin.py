"""Writes deploy/requirements/*.txt, what the image installs, with the hash of each wheel: `make requirements`.

The versions are those of constraints.txt, the wheels those for Python 3.11 on Linux with x86_64, which daachorse has
for no other processor.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = ("grpc", "otel", "zstd")
# glibc of Debian 12, on which the image is based, is 2.36.
PLATFORMS = ["manylinux2014_x86_64", *(f"manylinux_2_{n}_x86_64" for n in range(17, 37))]


def resolve(wanted: str) -> dict[str, str]:
    """The line of each package that pip would install, by its name, without the project itself."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"),
                *("--dry-run", "--ignore-installed", "--report", report, "--target", folder, "-c", "constraints.txt"),
                *("--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.11"),
                *(part for platform in PLATFORMS for part in ("--platform", platform)),
                wanted,
            ],
            cwd=ROOT,
            check=True,
        )
        found = json.loads(report.read_bytes())["install"]
    lines = {}
    for package in found:
        if archive := package["download_info"].get("archive_info"):
            name = package["metadata"]["name"].lower().replace("_", "-")
            lines[name] = f"{name}=={package['metadata']['version']} --hash=sha256:{archive['hashes']['sha256']}"
    return lines


def write(name: str, lines: dict[str, str]) -> None:
    """Write a file, in the order of names."""
    head = "# For Python 3.11, Linux, x86_64. Made by `make requirements`, so do not edit it."
    path = ROOT / "deploy" / "requirements" / f"{name}.txt"
    path.write_text("\n".join([head, *(lines[package] for package in sorted(lines))]) + "\n", encoding="utf-8")


def main() -> None:
    serve = resolve(".[serve]")
    write("serve", serve)
    for extra in EXTRAS:
        write(extra, {name: line for name, line in resolve(f".[serve,{extra}]").items() if name not in serve})
    write("build", resolve("hatchling"))


if __name__ == "__main__":
    main()
