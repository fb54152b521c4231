#!/usr/bin/env python3
"""The bill of materials of a release, SPDX 2.3, from what NuGet restored: bill-of-materials.py project.assets.json PLATFORM FILE"""
import datetime, hashlib, json, os, sys, xml.etree.ElementTree as xml

assets, platform, program = sys.argv[1:]
restored = json.load(open(assets))
target = next(value for name, value in restored["targets"].items() if name.endswith("/" + platform))
folders = list(restored["packageFolders"])


def licence(name, version):
    for folder in folders:
        spec = os.path.join(folder, name.lower(), version, name.lower() + ".nuspec")
        if os.path.exists(spec):
            for element in xml.parse(spec).getroot().iter():
                if element.tag.endswith("}license") and element.get("type") == "expression":
                    return element.text
    return "NOASSERTION"


def package(name, version, kind="nuget"):
    key = restored["libraries"].get(f"{name}/{version}", {}).get("sha512")
    return {
        "SPDXID": "SPDXRef-" + "".join(c if c.isalnum() else "-" for c in f"{name}-{version}"),
        "name": name, "versionInfo": version, "downloadLocation": f"https://www.nuget.org/packages/{name}/{version}",
        "licenseDeclared": licence(name, version), "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION", "filesAnalyzed": False,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": f"pkg:{kind}/{name}@{version}"}],
        **({"checksums": [{"algorithm": "SHA512", "checksumValue": __import__("base64").b64decode(key).hex()}]} if key else {}),
    }


packages = [package(*library.split("/")) for library, value in sorted(target.items()) if value["type"] == "package" and (value.get("runtime") or value.get("native"))]
frameworks = restored["project"]["frameworks"]
for framework in frameworks.values():
    for pack in framework.get("downloadDependencies", []):
        if platform in pack["name"] and ".Runtime." in pack["name"]:
            packages.append(package(pack["name"], pack["version"].strip("[]").split(",")[0].strip()))
digest = hashlib.sha256(open(program, "rb").read()).hexdigest()
root = {
    "SPDXID": "SPDXRef-registry", "name": "registry", "versionInfo": restored["project"]["version"], "downloadLocation": "NOASSERTION", "licenseDeclared": "MIT",
    "licenseConcluded": "MIT", "copyrightText": "NOASSERTION", "filesAnalyzed": False, "packageFileName": f"{platform}/registry", "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
}
epoch = os.environ.get("SOURCE_DATE_EPOCH")
when = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc) if epoch else datetime.datetime.now(datetime.timezone.utc)
print(json.dumps({
    "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"registry-{platform}", "documentNamespace": f"urn:registry:{digest}",
    "creationInfo": {"created": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: bill-of-materials.py"]},
    "packages": [root, *packages],
    "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-registry"},
                      *({"spdxElementId": "SPDXRef-registry", "relationshipType": "CONTAINS", "relatedSpdxElement": one["SPDXID"]} for one in packages)],
}, indent=1))
