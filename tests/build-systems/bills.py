"""Bills of materials in each form, of components with versions. The forms are those of the standards and of Yocto."""

import hashlib
import io
import json
import subprocess
import tarfile

PREFIX = "http://spdx.example/spdxdoc"


def document(name, packages, references=(), source=None):
    """A document of SPDX 2.2, and the reference to it."""
    content = {
        "SPDXID": "SPDXRef-DOCUMENT",
        "spdxVersion": "SPDX-2.2",
        "name": name,
        "documentNamespace": f"{PREFIX}/{name}-3f2504e0-4f89-51d3-9a0c-0305e82c3301",
        "packages": [
            {"SPDXID": f"SPDXRef-{n}", "name": n, "versionInfo": version, **({"sourceInfo": source} if source else {})}
            for n, version in packages.items()
        ],
        "externalDocumentRefs": list(references),
    }
    text = json.dumps(content, sort_keys=True).encode()
    reference = {
        "externalDocumentId": f"DocumentRef-{name}",
        "spdxDocument": content["documentNamespace"],
        "checksum": {"algorithm": "SHA1", "checksumValue": hashlib.sha1(text).hexdigest()},
    }
    return text, reference


def yocto_documents(components):
    """The documents of an image as create-spdx writes them: of the image, each package, its recipe and what it needs."""
    made, references = {}, []
    for name, version in components.items():
        recipe, to_recipe = document(f"recipe-{name}", {name: version}, source="CVEs fixed: CVE-2026-1")
        package, to_package = document(name, {name: version}, [to_recipe])
        runtime, to_runtime = document(f"runtime-{name}", {}, [to_package])
        made |= {f"recipe-{name}": recipe, name: package, f"runtime-{name}": runtime}
        references += [to_package, to_runtime]
    image, _ = document("cam-image", {"cam-image": "1.0"}, references)
    return {"cam-image": image, **made}


def yocto_archive(components):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w|") as tar:
        documents = yocto_documents(components)
        index = json.dumps({"documents": [{"filename": f"{n}.spdx.json"} for n in documents]}).encode()
        for name, text in [*((f"{n}.spdx.json", t) for n, t in documents.items()), ("index.json", index)]:
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return subprocess.run(["zstd", "-q", "-c"], input=archive.getvalue(), capture_output=True, check=True).stdout


def spdx_3(components):
    graph = [{"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1"}]
    graph += [
        {"type": "software_Package", "spdxId": f"{PREFIX}/{n}", "name": n, "software_packageVersion": version}
        for n, version in components.items()
    ]
    return json.dumps({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})


def tag_value(components):
    lines = ["SPDXVersion: SPDX-2.3", "DataLicense: CC0-1.0", f"DocumentNamespace: {PREFIX}/cam"]
    for name, version in components.items():
        lines += ["", f"PackageName: {name}", f"SPDXID: SPDXRef-{name}", f"PackageVersion: {version}"]
    return "\n".join(lines) + "\n"


def cyclonedx_json(components):
    listed = [{"type": "library", "name": n, "version": v} for n, v in components.items()]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": listed})


def cyclonedx_xml(components):
    listed = "".join(
        f'<component type="library"><name>{n}</name><version>{v}</version></component>' for n, v in components.items()
    )
    return f'<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>{listed}</components></bom>'


FORMS = {
    "spdx.tar.zst": yocto_archive,
    "image-alone.spdx.json": lambda components: yocto_documents(components)["cam-image"],
    "one.spdx.json": lambda components: document("cam", components)[0],
    "spdx-3.spdx.json": spdx_3,
    "spdx": tag_value,
    "cdx.json": cyclonedx_json,
    "cdx.xml": cyclonedx_xml,
}
