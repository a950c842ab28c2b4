"""On which machine, and with which versions, was it measured."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import sqlite3
import ssl
import subprocess
from pathlib import Path

import psutil
from ways import PEERS, has_mockttp

_PACKAGES = ("iai-proxy", "mitmproxy", "invertedai", "cryptography", "orjson", "zstandard")


def machine() -> dict[str, str]:
    """Return facts about the machine, in words."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "processor": f"{os.cpu_count()} x {_processor()}",
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions() -> dict[str, str]:
    """Return what the figures depend on, with its version."""
    found = {"Python": platform.python_version()}
    found |= {name: _version(name) for name in _PACKAGES}
    found |= {"OpenSSL": ssl.OPENSSL_VERSION.split()[1], "SQLite": sqlite3.sqlite_version}
    if has_mockttp() and (node := shutil.which("node")):
        package = PEERS / "node_modules" / "mockttp" / "package.json"
        found["mockttp"] = json.loads(package.read_bytes())["version"]
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
        found["Node"] = said.stdout.strip().lstrip("v")
    return found


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", about.read_text()) if about.exists() else None
    return found[1].strip() if found else platform.processor() or "unknown"
