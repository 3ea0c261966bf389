"""Runs the pipelines that `pkg init` writes, on copies of the example camera: with keys in a token and with key files.
    check.py PKG CAMERA_IMAGES TESTDATA PKCS11_MODULE WORK"""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import yaml
from pipeline import GitHub, gitlab

PKG, IMAGES, TESTDATA, MODULE, WORK = sys.argv[1], sys.argv[2], *map(Path, sys.argv[3:6])
WORKFLOW, ACTION, GITLAB = ".github/workflows/release.yml", ".github/actions/release/action.yml", ".gitlab-ci.yml"
PIN, PASSPHRASE = "6217403958", "a passphrase that nobody may see"
ROLES = ["feature", "security", "notice", "withdrawal", "delivery", "catalogue"]
DAY = 86400
ENV = {"PATH": os.environ["PATH"], "HOME": str(WORK), "SOFTHSM2_CONF": str(WORK / "softhsm2.conf"), "LC_ALL": "C",
       "TMPDIR": str(WORK / "tmp"), "PKG_LOG": str(WORK / "pkg.log"), "GIT_CONFIG_NOSYSTEM": "1"}
for who in ("AUTHOR", "COMMITTER"):
    ENV |= {f"GIT_{who}_NAME": "Ann", f"GIT_{who}_EMAIL": "ann@acme.example"}


def call(*command, folder=WORK, **more):
    done = subprocess.run(list(map(str, command)), cwd=folder, env=ENV | more, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout.strip()


def commit(product, day):
    """Commits everything, on this day after 5 January 2026. Returns the commit before."""
    before = call("git", "log", "-1", "--format=%H", "--all", folder=product)
    date = f"{1767571200 + day * DAY} +0000"
    call("git", "add", "--all", folder=product)
    call("git", "commit", "--quiet", "-m", "A change", folder=product, GIT_COMMITTER_DATE=date, GIT_AUTHOR_DATE=date)
    return before


def init(product, *more):
    """Starts a product with both pipelines in the folder, which may have files."""
    product.mkdir(exist_ok=True)
    call("git", "init", "--quiet", folder=product)
    call(PKG, "init", ".", "--name", "cam-x1", "--vendor", "acme", "--hardware", "rev-b", "--support-until", "2036-12",
         "--image", "rootfs.img", "--contact", "security@acme.example", "--text", "Streams video to your phone.",
         "--ci", "github", "--ci", "gitlab", "--no-input", *more, folder=product)


def camera(product):
    """The example camera, whose keys for releases are in a token, and the text of each description."""
    shutil.copytree(TESTDATA / "camera", product)
    call(IMAGES, product)
    descriptions = {}
    for file in sorted(product.glob("*/release.toml")):
        # The packages are in out/ of the product, and the keys are not in files.
        text = file.read_text().replace("../../../out", "../out").split("\n[signing]")[0] + "\n"
        descriptions[file.parent.name] = text
        file.unlink()
    shutil.copy(product / "1.4.2/rootfs.img", product)
    init(product, "--no-passphrase")
    (WORK / "tokens").mkdir()
    (WORK / "softhsm2.conf").write_text(f"directories.tokendir = {WORK}/tokens\nobjectstore.backend = file\n")
    call("softhsm2-util", "--init-token", "--free", "--label", "fw", "--so-pin", "87654321", "--pin", PIN)
    (WORK / "pin").write_text(PIN)
    (WORK / "pin").chmod(0o600)
    add = []
    for number, role in enumerate(ROLES, 1):
        call("pkcs11-tool", "--module", MODULE, "--token-label", "fw", "--login", "--pin", PIN, "--keypairgen",
             "--key-type", "EC:edwards25519", "--label", role, "--id", f"{number:02}")
        key = f"pkcs11:token=fw;object={role}?module-path={MODULE}"
        (WORK / f"{role}.pub").write_text(
            call(PKG, "key", "show", "--pem", key, "--passphrase-file", WORK / "pin") + "\n")
        add += ["--add", f"{role}={role}.pub"]
    (product / "cam-x1.keyring").unlink()
    call(PKG, "keyring", "new", "--name", "cam-x1", "--root", product / "keys/root.pub", *add,
         "--sign", product / "keys/root.key", "-o", product / "cam-x1.keyring")
    return descriptions


def installation():
    """Variables that install a pkg which writes down its arguments and its environment."""
    program = WORK / "pkg"
    program.write_text(f'#!/bin/sh\n{{ echo "$0 $*"; env; }} >> "$PKG_LOG"\nexec {PKG} "$@"\n')
    program.chmod(0o755)
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    return {"PKG_URL": f"file://{program}", "PKG_SHA256": digest}


INSTALL = installation()
TOKEN = {"PKG_TOKEN": "pkcs11:token=fw", "PKG_MODULE": str(MODULE)}
count = 0


def finish(run, passed):
    """Checks the end of a run, and that no secret can be seen afterwards."""
    assert run.passed == passed, run.log
    seen = run.log + Path(ENV["PKG_LOG"]).read_text()
    files = [file for file in (WORK / "tmp").rglob("*") if file.is_file()] if (WORK / "tmp").exists() else []
    for text in [seen, *(file.read_text(errors="replace") for file in files)]:
        assert PIN not in text and PASSPHRASE not in text and "PRIVATE KEY" not in text, text
    shutil.rmtree(WORK / "tmp")
    (WORK / "tmp").mkdir()
    return run


def start():
    global count
    count += 1
    Path(ENV["PKG_LOG"]).write_text("")
    return WORK / f"artefacts-{count}"


def on_github(product, passed, event="push", tag="", base="", inputs=None, variables=TOKEN, secrets=None):
    context = {"event_name": event, "ref_type": "tag" if tag else "branch", "ref_name": tag or "main",
               "event": {"pull_request": {"base": {"sha": base}}}}
    run = GitHub(product, start(), ENV, context, inputs, INSTALL | variables, secrets)
    return finish(run.workflow(WORKFLOW), passed)


def on_gitlab(product, passed, shell="sh", secrets=None, **variables):
    """Secrets are variables of type File, which GitLab's runner makes readable for all."""
    for name, text in (secrets or {}).items():
        file = WORK / f"file-{name}"
        file.write_text(text)
        file.chmod(0o666)
        variables[name] = str(file)
    run = gitlab(product, start(), ENV, INSTALL | variables, shell)
    return finish(run, passed)


def kept(run, folder):
    return {file.name: file.read_bytes() for file in (run.artefacts / folder).rglob("*") if file.is_file()}


def released(run, folder, product):
    """Puts the packages of a run into out/, as a person does who publishes a release."""
    packages = kept(run, folder)
    (product / "out").mkdir(exist_ok=True)
    for name, data in packages.items():
        (product / "out" / name).write_bytes(data)
    call(PKG, "verify", *sorted((product / "out").glob("*.pkg")), "--keyring", "cam-x1.keyring", folder=product)
    return sorted(packages)


def lint(product):
    """What linters do not know, and the scripts, which they do not look into."""
    workflow, action, pipeline = (yaml.safe_load((product / f).read_text()) for f in (WORKFLOW, ACTION, GITLAB))
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())
    assert workflow["jobs"]["release"]["environment"] == "release"
    assert "secrets" not in str(workflow["jobs"]["check"])
    scripts = [("bash", step["run"]) for step in action["runs"]["steps"] if "run" in step]
    scripts += [("bash", s["run"]) for job in workflow["jobs"].values() for s in job["steps"] if "run" in s]
    assert len(scripts) == 7 and not any("${{" in text for _, text in scripts), scripts
    before = pipeline["default"]["before_script"]
    scripts += [("sh", "\n".join(before + job["script"])) for job in pipeline.values()
                if isinstance(job, dict) and "script" in job]
    for number, (shell, text) in enumerate(scripts):
        file = WORK / f"script-{number}"
        file.write_text(text)
        # Descriptions are split at blanks on purpose.
        call("shellcheck", "--shell", shell, "--exclude", "SC2086", file)


def reviews(product, descriptions):
    """A change of a description is checked without keys, and a fault in it fails the check."""
    (product / "1.4.2/release.toml").write_text(descriptions["1.4.2"])
    base = commit(product, 0)
    run = on_github(product, True, event="pull_request", base=base)
    assert run.ran == ["check", "Find the descriptions that changed", "Install pkg", "Check the descriptions"], run.ran
    assert "1.4.2/release.toml: no faults" in run.log and not run.artefacts.exists(), run.log
    merge = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    run = on_gitlab(product, True, **merge)
    assert run.ran == ["check"] and "1.4.2/release.toml: no faults" in run.log, run.log
    (product / "1.4.2/release.toml").write_text(descriptions["1.4.2"].replace('until = "2036-12"', 'until = "2036"'))
    commit(product, 1)
    run = on_github(product, False, event="pull_request", base=base)
    assert run.failed == ["Check the descriptions"], run.ran
    assert on_gitlab(product, False, **merge).ran == ["check"]
    assert on_gitlab(product, True, CI_COMMIT_BRANCH="main").ran == []


def releases(product, descriptions):
    """Tags are built, signed and audited on both, to the same bytes."""
    pin = {"KEY_PASSPHRASE": PIN}
    for day, version in [(2, "1.4.2"), (65, "1.4.3"), (120, "1.5.0")]:
        (product / version / "release.toml").write_text(descriptions[version])
        commit(product, day)
        run = on_github(product, True, tag=version, secrets=pin)
        assert run.ran[-2:] == ["Build and sign", "Audit"], run.ran
        assert list(kept(run, "audit")) == ["audit.html"]
        other = on_gitlab(product, True, secrets=pin, CI_COMMIT_TAG=f"v{version}", **TOKEN)
        assert other.ran == ["build", "audit", "publish"] and list(kept(other, "audit")) == ["audit.html"]
        new = {n: data for n, data in kept(run, "packages").items() if version in n.split(".from")[0]}
        assert new and new.items() <= kept(other, "build").items(), f"{version}: not the same bytes on both"
        released(run, "packages", product)
    names = sorted(file.name for file in (product / "out").iterdir())
    assert names == ["cam-x1-1.4.2.full.pkg", "cam-x1-1.4.3.from-1.4.2.pkg", "cam-x1-1.4.3.full.pkg",
                     "cam-x1-1.5.0.full.pkg"], names
    log = Path(ENV["PKG_LOG"]).read_text()
    assert "object=feature" in log and "object=delivery" in log, log


def refusals(product):
    """What stops a release before it is signed."""
    pin = {"KEY_PASSPHRASE": PIN}
    run = on_github(product, False, tag="9.9.9", secrets=pin)
    assert run.failed == ["Check the descriptions"] and "does not describe 9.9.9" in run.log, run.log
    run = on_gitlab(product, False, secrets=pin, CI_COMMIT_TAG="9.9.9", **TOKEN)
    assert run.failed == ["build"] and "does not describe 9.9.9" in run.log, run.log
    run = on_github(product, False, tag="1.5.0", secrets={"KEY_PASSPHRASE": "0000"})
    assert run.failed == ["Build and sign"] and not run.artefacts.exists(), run.log
    run = on_gitlab(product, False, secrets={"KEY_PASSPHRASE": "0000"}, CI_COMMIT_TAG="1.5.0", **TOKEN)
    assert run.failed == ["build"] and not run.artefacts.exists(), run.log
    run = on_github(product, False, tag="1.5.0", variables=TOKEN | {"PKG_SHA256": "0" * 64}, secrets=pin)
    assert run.failed == ["Install pkg"] and "pkg: FAILED" in run.log, run.log
    run = on_gitlab(product, False, secrets=pin, CI_COMMIT_TAG="1.5.0", **TOKEN | {"PKG_SHA256": "0" * 64})
    assert run.failed == ["build"] and "pkg: FAILED" in run.log, run.log


def gate(product, descriptions):
    """A fix for line 1.5 alone breaks G1: the audit fails, its report is kept, and the packages go nowhere."""
    pin = {"KEY_PASSPHRASE": PIN}
    (product / "1.5.1/release.toml").write_text(descriptions["1.5.1"])
    commit(product, 170)
    run = on_github(product, False, tag="1.5.1", secrets=pin)
    assert run.failed == ["Audit"] and "[G1]" in run.log, run.log
    assert [folder.name for folder in run.artefacts.iterdir()] == ["audit"]
    assert b"G1" in kept(run, "audit")["audit.html"]
    run = on_gitlab(product, False, shell="bash", secrets=pin, CI_COMMIT_TAG="1.5.1", **TOKEN)
    assert run.failed == ["audit"] and run.ran == ["build", "audit"] and "[G1]" in run.log, run.log
    assert b"G1" in kept(run, "audit")["audit.html"]


def by_hand(product, descriptions):
    """The fix for both lines at once: started by hand, and the audit passes."""
    shutil.copytree(product / "1.5.1", product / "1.4.4")
    with (product / "1.4.4/rootfs.img").open("ab") as image:
        image.write(b"of line 1.4")
    text = descriptions["1.5.1"].replace('"1.5.1"', '"1.4.4"').replace('line = "1.5"', 'line = "1.4"')
    (product / "1.4.4/release.toml").write_text(text.replace("cam-x1-1.5.0", "cam-x1-1.4.3"))
    commit(product, 171)
    both = "1.4.4/release.toml 1.5.1/release.toml"
    pin = {"KEY_PASSPHRASE": PIN}
    run = on_github(product, True, event="workflow_dispatch", inputs={"descriptions": both}, secrets=pin)
    assert len(kept(run, "packages")) == 6 and list(kept(run, "audit")) == ["audit.html"], run.log
    other = on_gitlab(product, True, shell="bash", secrets=pin, DESCRIPTIONS=both, **TOKEN)
    assert kept(run, "packages") == kept(other, "build"), "not the same bytes on both"
    released(run, "packages", product)


def key_files(product):
    """The first release of a new product, with the encrypted key files that `pkg init` made."""
    word = WORK / "passphrase"
    word.write_text(PASSPHRASE)
    word.chmod(0o600)
    init(product, "--passphrase-file", word)
    shutil.copy(WORK / "camera/rootfs.img", product)
    commit(product, 0)
    assert not call("git", "ls-files", "*.key", folder=product), "private keys are in version control"
    secrets = {f"{role.upper()}_KEY": (product / f"keys/{role}.key").read_text() for role in ROLES}
    secrets["KEY_PASSPHRASE"] = PASSPHRASE
    run = on_github(product, True, tag="v1.0.0", variables={}, secrets=secrets)
    other = on_gitlab(product, True, secrets=secrets, CI_COMMIT_TAG="1.0.0")
    assert kept(run, "packages") == kept(other, "build")
    assert released(run, "packages", product) == ["cam-x1-1.0.0.full.pkg"]


def publishes(product):
    """With a repository: releases are published, earlier packages come from there, and a schedule signs a new head."""
    secrets = {f"{role.upper()}_KEY": (product / f"keys/{role}.key").read_text() for role in ROLES}
    secrets["KEY_PASSPHRASE"] = PASSPHRASE
    shutil.rmtree(product / "out")
    key = ["--key", product / "keys/catalogue.key", "--keyring", product / "cam-x1.keyring", "--passphrase-file",
           WORK / "passphrase"]
    repositories = [WORK / "github-updates", WORK / "gitlab-updates"]
    for repository in repositories:
        call(PKG, "repository", "new", repository, "--product", "acme/cam-x1", *key)
    places = [{"PKG_REPOSITORY": str(r), "PKG_REPOSITORY_URL": str(r)} for r in repositories]
    fix = (product / "release.toml").read_text().replace("1.0.0", "1.0.1").replace("fresh = true", "#")
    fix = fix.replace('"feature"', '"security"').replace("feature.key", "security.key").split("[[change]]")
    about = '''[[fix]]
id = "CVE-2026-12345"
severity = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
impact.en = "Strangers can watch."

[separation]
kind = "pure"

[advisory.en]
title = "Video without password"
summary = "Video could be seen by others."
details = "The camera took any password."
impact = "Strangers may have watched."

[action]
code = "install-and-restart"
restart = "device"
text.en = "Install now; the camera restarts once."

[automatic]
applicable = true
install-within = "72h"
max-postpone = "14d"
opt-out.en = "Settings, Updates, Automatic: off."

'''
    (product / "1.0.1.toml").write_text(fix[0] + about + "[signing]" + fix[1].split("[signing]")[1])
    for day, version in [(1, "1.0.0"), (2, "1.0.1")]:
        if version == "1.0.1":
            with (product / "rootfs.img").open("ab") as image:
                image.write(b"a fix")
        before = commit(product, day)
        base = before if version == "1.0.0" else base
        run = on_github(product, True, tag=version, variables=places[0], secrets=secrets)
        assert run.ran[-3:] == ["Build and sign", "Audit", "Publish"], run.ran
        other = on_gitlab(product, True, secrets=secrets, CI_COMMIT_TAG=version, **places[1])
        assert other.ran == ["build", "audit", "publish"] and "head" in other.log, other.log
        assert kept(run, "packages") == kept(other, "build"), f"{version}: not the same bytes on both"
    assert sorted(kept(run, "packages")) == ["cam-x1-1.0.1.full.pkg"], "earlier packages are in the repository"
    # A review reads the repository without a key.
    run = on_github(product, True, event="pull_request", base=base, variables=places[0])
    assert run.ran[-1] == "Check the descriptions" and "1.0.1.toml: no faults" in run.log, run.log
    run = on_github(product, True, event="schedule", variables=places[0], secrets=secrets)
    assert run.ran[0] == "refresh" and run.ran[-1] == "Publish", run.ran
    run = on_gitlab(product, True, secrets=secrets, CI_PIPELINE_SOURCE="schedule", **places[1])
    assert run.ran == ["publish"], run.ran
    for repository in repositories:
        checked = call(PKG, "repository", "check", repository, "--keyring", product / "cam-x1.keyring")
        assert "head 4" in checked and "2 entries" in checked, checked
    lost = on_github(product, False, tag="1.0.1", variables=places[0], secrets=secrets | {"CATALOGUE_KEY": ""})
    assert lost.failed == ["Publish"], lost.ran


def from_source(product):
    """Without a binary, pkg is built from the commit that is given. This cargo only says how it was called."""
    cargo = WORK / "bin/cargo"
    cargo.parent.mkdir()
    cargo.write_text('#!/bin/sh\necho "cargo $*"\nexit 1\n')
    cargo.chmod(cargo.stat().st_mode | stat.S_IXUSR)
    ENV["PATH"] = f"{cargo.parent}:{ENV['PATH']}"
    source = {"PKG_URL": "", "PKG_SOURCE": "https://git.acme.example/pkg", "PKG_REVISION": "0123abcd"}
    said = "cargo install --locked --git https://git.acme.example/pkg --rev 0123abcd pkg-cli"
    assert said in on_github(product, False, tag="1.0.0", variables=source).log
    assert said in on_gitlab(product, False, CI_COMMIT_TAG="1.0.0", **source).log


(WORK / "tmp").mkdir()
DESCRIPTIONS = camera(WORK / "camera")
commit(WORK / "camera", 0)
lint(WORK / "camera")
reviews(WORK / "camera", DESCRIPTIONS)
releases(WORK / "camera", DESCRIPTIONS)
refusals(WORK / "camera")
gate(WORK / "camera", DESCRIPTIONS)
by_hand(WORK / "camera", DESCRIPTIONS)
key_files(WORK / "files")
publishes(WORK / "files")
from_source(WORK / "files")
print(f"{count} pipelines ran")
