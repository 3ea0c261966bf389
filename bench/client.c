/* A client that only verifies and installs: client KEYRING PACKAGE TARGET [BASE]. Prints its peak memory in KiB. */
#include "pkg_verify.h"
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    static uint8_t bytes[1 << 16];
    pkg_keyring *keyring = NULL;
    pkg_package *package = NULL;
    pkg_verified *verified = NULL;
    pkg_error *error = NULL;
    pkg_result result;
    char line[256];
    size_t size;
    FILE *file = argc == 4 || argc == 5 ? fopen(argv[1], "rb") : NULL;
    if (!file) return 2;
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    result = pkg_keyring_open(bytes, size, false, &keyring, &error);
    if (result == PKG_OK) result = pkg_package_open_file(argv[2], &package, &error);
    if (result == PKG_OK) result = pkg_package_verify_statements(&package, keyring, NULL, &verified, &error);
    if (result == PKG_OK) result = pkg_install_to_file(verified, "image", argv[3], argv[4], &error);
    if (error) fprintf(stderr, "%s\n", pkg_error_message(error));
    pkg_error_free(&error);
    pkg_verified_free(&verified);
    pkg_package_free(&package);
    pkg_keyring_free(&keyring);
    file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "VmHWM:", 6)) fputs(line + 6, stdout);
    return result == PKG_OK ? 0 : 1;
}
