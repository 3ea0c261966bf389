/* A client that also decides and follows a repository: client-repository KEYRING VENDOR NAME HARDWARE ID FOLDER TARGET. The
 * transport reads a folder, so that what is measured is the library alone. */
#include "pkg_verify.h"
#include <stdio.h>
#include <string.h>

static FILE *body;

/* A folder has no ranges: the file comes from its start. */
static int32_t ask(void *user, const pkg_request *request, pkg_response *response) {
    char path[1024];
    if (body) fclose(body);
    snprintf(path, sizeof path, "%s/%s", (const char *)user, request->path);
    body = fopen(path, "rb");
    response->status = body ? 200 : 404;
    return 0;
}

static int64_t read_body(void *user, uint8_t *buffer, size_t size) {
    size_t read = body ? fread(buffer, 1, size, body) : 0;
    (void)user;
    return body && ferror(body) ? -1 : (int64_t)read;
}

static size_t contents(const char *path, uint8_t *bytes, size_t most) {
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(bytes, 1, most, file) : 0;
    if (file) fclose(file);
    return size;
}

int main(int argc, char **argv) {
    static uint8_t bytes[1 << 16], record[4 << 20];
    static pkg_verified *found[256];
    pkg_keyring *keyring = NULL;
    pkg_device *device = NULL;
    pkg_choices *choices = NULL;
    pkg_repository *repository = NULL;
    pkg_decision *decision = NULL;
    pkg_verified *package = NULL;
    pkg_transport transport = { NULL, ask, read_body, NULL };
    pkg_error *error = NULL;
    pkg_result result;
    bool is_newer;
    size_t size, count = 0;
    int64_t index = -1;
    if (argc != 8) return 2;
    transport.user = argv[6];
    size = contents(argv[1], bytes, sizeof bytes);
    result = pkg_keyring_open(bytes, size, false, &keyring, &error);
    if (result == PKG_OK) result = pkg_device_new(argv[2], argv[3], &device, &error);
    if (result == PKG_OK) result = pkg_device_add_hardware(device, argv[4], &error);
    if (result == PKG_OK) result = pkg_device_declare(device, "product", "rootfs", &error);
    if (result == PKG_OK) result = pkg_choices_new(NULL, &choices, &error);
    size = contents("record", record, sizeof record);
    if (result == PKG_OK)
        result = pkg_repository_open(argv[5], device, false, &transport, keyring, record, size, &repository, &error);
    if (result == PKG_OK) result = pkg_repository_look(repository, keyring, device, choices, -1, &is_newer, &error);
    while (result == PKG_OK && count < 256) {
        result = pkg_repository_next(repository, keyring, device, choices, &found[count], &error);
        if (result != PKG_OK || !found[count]) break;
        result = pkg_choices_heard(choices, found[count++], &error);
    }
    if (result == PKG_OK)
        result = pkg_decide(device, choices, (const pkg_verified *const *)found, count, -1, &decision, &error);
    if (result == PKG_OK) index = pkg_decision_package(decision);
    if (index >= 0) {
        result = pkg_repository_delta(repository, keyring, device, found[index], &package, &error);
        if (result == PKG_MISSING) {
            pkg_error_free(&error);
            result = pkg_repository_package(repository, keyring, device, found[index], &package, &error);
        }
        if (result == PKG_OK) result = pkg_install_to_file(package, "rootfs", argv[7], NULL, &error);
        if (result == PKG_OK) result = pkg_repository_record(repository, record, sizeof record, &size, &error);
    }
    if (error) fprintf(stderr, "[%s] %s\n", pkg_result_name(result), pkg_error_message(error));
    pkg_error_free(&error);
    while (count) pkg_verified_free(&found[--count]);
    pkg_verified_free(&package);
    pkg_decision_free(&decision);
    pkg_repository_free(&repository);
    pkg_choices_free(&choices);
    pkg_device_free(&device);
    pkg_keyring_free(&keyring);
    return result == PKG_OK ? 0 : 1;
}
