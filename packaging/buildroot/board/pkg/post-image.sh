#!/bin/sh
# Makes a release of the images, in output/images/release. Buildroot calls it after the images are made; its values come
# from the menu "Signed firmware update packages", or from variables of the same name without BR2_, which win.
#   PKG_RELEASE_KEYS PKG_RELEASE_DELIVERY_KEY PKG_RELEASE_PASSPHRASE_FILE   only from the environment
#   PKG_RELEASE_TIME   the issue date, in seconds since 1970
set -eu
fault() { printf 'post-image.sh: %s\n' "$*" >&2; exit 2; }
# A value of the environment, even an empty one, or else of the configuration.
value() {
    if given=$(printenv "PKG_RELEASE_$1"); then printf '%s' "$given"; return; fi
    [ ! -f "${BR2_CONFIG:-}" ] || sed -n "s/^BR2_PKG_RELEASE_$1=\"\(.*\)\"\$/\1/p" "$BR2_CONFIG"
}
images=${1:-$BINARIES_DIR}
for need in DESCRIPTION VERSION IMAGES TIME; do
    [ -n "$(value $need)" ] || fault "PKG_RELEASE_$need is not set"
done
keys=$(value KEYS)
# What is in this tree is published with it, or checked in.
for secret in $keys "$(value DELIVERY_KEY)" "$(value PASSPHRASE_FILE)"; do
    case $(realpath -m -- "$secret") in
        "$(realpath -- "$BR2_EXTERNAL_PKG_PATH")"/*) fault "$secret is in the external tree: keep keys elsewhere" ;;
    esac
done
[ -z "$keys" ] || [ -n "$(value KEYRING)" ] || fault "PKG_RELEASE_KEYRING is not set: what is signed must be verified"

# From here on values are split at blanks, and nothing is a wildcard.
set -f
set -- --version "$(value VERSION)"
for image in $(value IMAGES); do set -- "$@" --image "${image%%=*}=$images/${image#*=}"; done
sbom=$(value SBOM)
sbom=${sbom:-rootfs.cdx.json}
case $sbom in
    none) sbom= ;;
    /*) ;;
    *) sbom=$images/$sbom ;;
esac
if [ -n "$sbom" ]; then
    [ -f "$sbom" ] || fault "$sbom does not exist: make -s show-info | utils/generate-cyclonedx >$sbom"
    set -- "$@" --evidence "sbom=$sbom"
fi
[ -z "$(value KEYRING)" ] || set -- "$@" --keyring "$(value KEYRING)"
[ -z "$(value EARLIER)" ] || set -- "$@" --earlier "$(value EARLIER)"
[ -n "$keys" ] || set -- "$@" --without-keys
set -- "$@" "$(value DESCRIPTION)" "$images/release"
if [ -n "$keys" ]; then
    set -- "$@" --
    for key in $keys; do set -- "$@" --key "$key"; done
    [ -z "$(value DELIVERY_KEY)" ] || set -- "$@" --delivery-key "$(value DELIVERY_KEY)"
    [ -z "$(value PASSPHRASE_FILE)" ] || set -- "$@" --passphrase-file "$(value PASSPHRASE_FILE)"
    for option in $(value OPTIONS); do set -- "$@" "$option"; done
fi
PATH=$HOST_DIR/bin:$PATH
SOURCE_DATE_EPOCH=$(value TIME)
export PATH SOURCE_DATE_EPOCH
pkg-release "$@"
[ -n "$keys" ] || echo "post-image.sh: PKG_RELEASE_KEYS is not set: the description was checked, and no package was built"
