"""Checks a verified package against the state of a device (SPEC 9.2)."""

from hashlib import sha256

from cbor import encode, refuse_if
from ties import effective_kind


def state_digest(vendor, name, scope, images):
    """`images`: pairs of component and digest."""
    listed = [list(image) for image in sorted(images)]
    return sha256(encode({"vendor": vendor, "name": name, "scope": scope, "images": listed})).digest()


class Installed:
    """The installed state of one scope."""

    def __init__(self, product, entry):
        self.line, self.sequence = entry["line"], entry["sequence"]
        self.heads = {head["line"]: head for head in entry.get("disowned", [])}
        self.feature_level, self.security_level = entry["feature-level"], entry["security-level"]
        self.images = {i["component"]: bytes.fromhex(i["sha256"]) for i in entry.get("image", [])}
        self.state = state_digest(product["vendor"], product["name"], entry["scope"], self.images.items())
        # The digests by which a state ref may name it; the digest of its manifest is not always known.
        self.names = {self.state, bytes.fromhex(entry.get("manifest", ""))}


class Scope:
    """A scope and its installed state; None if the factory left it empty."""

    def __init__(self, product, entry):
        self.installed = None if entry.get("empty") else Installed(product, entry)
        images = self.installed.images if self.installed else {}
        self.components = set(entry.get("components", [])) | set(images)


class Device:
    """A device as a state file describes it (format-spec/vectors/README.md)."""

    def __init__(self, file):
        self.product = file["product"]
        self.scopes = {e["scope"]: Scope(self.product, e) for e in file.get("installed", [])}
        self.installed = {name: scope.installed for name, scope in self.scopes.items()}

    def fits(self, package, policy):
        """How the package fits: as a notice or withdrawal, as what is already installed, or as a step."""
        manifest = package.manifest
        product = manifest["product"]
        refuse_if(any(product[name] != self.product[name] for name in ("vendor", "name")), "APP-1")  # 1
        refuse_if(not set(product["hardware"]) & set(self.product["hardware"]), "APP-2")  # 2
        refuse_if(manifest["kind"] == "acknowledgement", "APP-7")  # 3
        if manifest["kind"] != "release":
            return "words"
        scope = self.scopes.get(manifest["release"]["scope"])
        refuse_if(scope is None, "VER-11")  # 4
        old = scope.installed
        components = {image["component"] for image in manifest["images"]}
        refuse_if(not components <= scope.components, "VER-12")  # 5
        back = old is not None and recovers(manifest, package, old)  # 8
        refuse_if(old is not None and not back and not set(old.images) <= components, "VER-12")
        if old is None:
            refuse_if(manifest["applies-to"] != [] and "fresh" not in manifest, "APP-4")  # 6
            jumps(manifest, policy)
        elif is_installed(manifest, old):  # 7
            return "installed"
        elif not back:
            counters(manifest, old, policy)
            covered(manifest, old)
            promised(manifest, old)
        for requirement in manifest.get("requires", []):  # 17
            refuse_if(not met(requirement, self.installed.get(requirement["scope"])), "APP-5")
        for payload in package.payloads:  # 18
            there = old.images.get(payload["component"]) if old else None
            refuse_if("base" in payload and payload["base"]["sha256"] != there, "APP-6")
        return "step"


def leads_to(manifest):
    product, release = manifest["product"], manifest["release"]
    images = [(image["component"], image["sha256"]) for image in manifest["images"]]
    return state_digest(product["vendor"], product["name"], release["scope"], images)


def is_installed(manifest, old):
    there = (manifest["release"]["line"], manifest["sequence"], leads_to(manifest))
    return there == (old.line, old.sequence, old.state)


def recovers(manifest, package, old):
    """Step 8: recovery of a device whose installed release is disowned (5.5)."""
    new, heads = manifest["release"], old.heads
    if not heads or leads_to(manifest) == old.state or new["line"] not in heads:
        return False
    head = heads[new["line"]]
    return ("fresh" in manifest and new["channel"] == "stable" and package.delivery["kind"] == "full"
            and manifest["sequence"] >= head["sequence"]
            and new["security-level"] >= max(head["security-level"], old.security_level)
            and new["feature-level"] >= head["feature-level"])


def counters(manifest, old, policy):
    """Steps 9 to 12, then 13."""
    new, sequence = manifest["release"], manifest["sequence"]
    security, feature = new["security-level"] - old.security_level, new["feature-level"] - old.feature_level
    same_line = new["line"] == old.line
    refuse_if(same_line and sequence < old.sequence, "VER-1")
    refuse_if(same_line and sequence == old.sequence, "VER-2")
    refuse_if(security < 0, "VER-3")
    refuse_if(not same_line and (feature < 0 or feature == security == 0), "VER-4")
    jumps(manifest, policy, old.sequence if same_line else 0, old.security_level, old.feature_level)


def jumps(manifest, policy, sequence=0, security_level=0, feature_level=0):
    """Step 13."""
    new = manifest["release"]
    rises = (manifest["sequence"] - sequence, new["security-level"] - security_level,
             new["feature-level"] - feature_level)
    refuse_if(max(rises) > policy.jump, "VER-5")


def covered(manifest, old):
    """Step 14."""
    new = manifest["release"]
    if manifest["applies-to"] == "line":
        same = (new["line"], new["feature-level"]) == (old.line, old.feature_level)
        refuse_if(not same or new["security-level"] <= old.security_level, "APP-3")
    else:
        refuse_if(not old.names & set(manifest["applies-to"]), "APP-3")


def promised(manifest, old):
    """Steps 15 and 16."""
    new = manifest["release"]
    if manifest["class"] == "feature":
        refuse_if(new["feature-level"] <= old.feature_level, "SEP-12")
    else:
        refuse_if(new["security-level"] <= old.security_level, "VER-6")
        refuse_if(not any(fix["level"] > old.security_level for fix in manifest["fixes"]), "SEP-16")
        kind = effective_kind(manifest, old.security_level)
        stays = (new["line"], new["feature-level"]) == (old.line, old.feature_level)
        may_leave = kind == "inseparable" and new["feature-level"] >= old.feature_level
        refuse_if(not stays and not may_leave, "SEP-10")


def met(requirement, there):
    if there is None:
        return False
    if "state" in requirement:
        return requirement["state"] in there.names
    return there.line == requirement["line"] and there.sequence >= requirement["from"]
