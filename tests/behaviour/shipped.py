"""What weir is shipped with: the container and the Debian package must follow what the build needs."""
import json
import os
import re
import shutil
import subprocess

from project import ROOT, same, test
from service import Service


def text_of(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def libraries():
    """What ./configure looks for, by Debian's names."""
    return re.findall(r"^build +(lib\S+-dev) ", text_of("build-aux", "packages.txt"), re.M)


@test
def the_container_and_the_package_are_built_with_every_library(_p):
    wanted = set(libraries())
    assert len(wanted) > 5, wanted
    build = text_of("packaging", "Dockerfile").partition("AS build")[2].partition("\nFROM")[0]
    same(sorted(wanted - set(re.findall(r"[a-z0-9.+-]+", build))), [], "packaging/Dockerfile")
    depends = text_of("packaging", "debian", "control").partition("Build-Depends:")[2].partition("Standards-Version")[0]
    same(sorted(wanted - {"libc6-dev"} - set(re.findall(r"[a-z0-9.+-]+", depends))), [], "packaging/debian/control")


@test
def the_container_is_healthy_while_the_service_is_ready(p):
    if shutil.which("bash") is None:
        return "SKIP there is no bash"
    command = json.loads(re.search(r"^HEALTHCHECK.* CMD (\[.*\])$", text_of("packaging", "Dockerfile"), re.M).group(1))
    p.catalog("assets: {a: {exposed: true}}\n")
    with Service(p) as s:
        command = [word.replace("8484", str(s.port)) for word in command]
        same(subprocess.run(command, capture_output=True, timeout=20).returncode, 0)
    assert subprocess.run(command, capture_output=True, timeout=20).returncode != 0
    return None
