"""Holding a verified package against what a device is and what runs on it (SPEC 9.2)."""

from hashlib import sha256

from cbor import encode, refuse_if
from statements import effective_kind


def state_digest(vendor, name, scope, images):
    """`images`: pairs of component and digest."""
    listed = [list(image) for image in sorted(images)]
    return sha256(encode({"vendor": vendor, "name": name, "scope": scope, "images": listed})).digest()


class Installed:
    """What runs in one scope."""

    def __init__(self, product, entry):
        self.line, self.sequence = entry["line"], entry["sequence"]
        self.feature_level, self.security_level = entry["feature-level"], entry["security-level"]
        self.images = {i["component"]: bytes.fromhex(i["sha256"]) for i in entry.get("image", [])}
        self.state = state_digest(product["vendor"], product["name"], entry["scope"], self.images.items())
        # What a state ref may name it by; the digest of its manifest is not always known.
        self.names = {self.state, bytes.fromhex(entry.get("manifest", ""))}


class Device:
    """A device as a state file describes it (format-spec/vectors/README.md)."""

    def __init__(self, file):
        self.product = file["product"]
        self.installed = {e["scope"]: Installed(self.product, e) for e in file.get("installed", [])}

    def fits(self, package, policy):
        """How the package fits: by words, as what is installed already, or as a step."""
        manifest = package.manifest
        product = manifest["product"]
        refuse_if(any(product[name] != self.product[name] for name in ("vendor", "name")), "APP-1")  # 1
        refuse_if(not set(product["hardware"]) & set(self.product["hardware"]), "APP-2")  # 2
        if manifest["kind"] != "release":  # 3
            return "words"
        old = self.installed.get(manifest["release"]["scope"])
        if old is None:
            refuse_if(manifest["applies-to"] != [] and "fresh" not in manifest, "APP-4")  # 4
            jumps(manifest, policy)
        elif is_installed(manifest, old):  # 5
            return "installed"
        else:
            counters(manifest, old, policy)
            covered(manifest, old)
            promised(manifest, old)
        for requirement in manifest.get("requires", []):  # 14
            refuse_if(not met(requirement, self.installed.get(requirement["scope"])), "APP-5")
        for payload in package.payloads:  # 15
            there = old.images.get(payload["component"]) if old else None
            refuse_if("base" in payload and payload["base"]["sha256"] != there, "APP-6")
        return "step"


def is_installed(manifest, old):
    product, release = manifest["product"], manifest["release"]
    images = [(image["component"], image["sha256"]) for image in manifest["images"]]
    new = state_digest(product["vendor"], product["name"], release["scope"], images)
    return (release["line"], manifest["sequence"], new) == (old.line, old.sequence, old.state)


def counters(manifest, old, policy):
    """Steps 6 to 9, then 10."""
    new, sequence = manifest["release"], manifest["sequence"]
    security, feature = new["security-level"] - old.security_level, new["feature-level"] - old.feature_level
    same_line = new["line"] == old.line
    refuse_if(same_line and sequence < old.sequence, "VER-1")
    refuse_if(same_line and sequence == old.sequence, "VER-2")
    refuse_if(security < 0, "VER-3")
    refuse_if(not same_line and (feature < 0 or feature == security == 0), "VER-4")
    jumps(manifest, policy, old.sequence if same_line else 0, old.security_level, old.feature_level)


def jumps(manifest, policy, sequence=0, security_level=0, feature_level=0):
    """Step 10."""
    new = manifest["release"]
    rises = (manifest["sequence"] - sequence, new["security-level"] - security_level,
             new["feature-level"] - feature_level)
    refuse_if(max(rises) > policy.jump, "VER-5")


def covered(manifest, old):
    """Step 11."""
    new = manifest["release"]
    if manifest["applies-to"] == "line":
        same = (new["line"], new["feature-level"]) == (old.line, old.feature_level)
        refuse_if(not same or new["security-level"] <= old.security_level, "APP-3")
    else:
        refuse_if(not old.names & set(manifest["applies-to"]), "APP-3")


def promised(manifest, old):
    """Steps 12 and 13."""
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
    return (there is not None
            and there.security_level >= requirement.get("min-security-level", 0)
            and there.feature_level >= requirement.get("min-feature-level", 0)
            and requirement.get("state", there.state) in there.names)
