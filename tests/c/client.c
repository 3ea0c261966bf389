/* A client in short: client KEYRING FIRST PACKAGE COMPONENT RUNNING TARGET WORK. Installs FIRST to the file RUNNING, as
 * the factory does; then verifies PACKAGE, tells, decides, installs to TARGET through callbacks with a journal in
 * WORK/journal, keeps the state in WORK/state, confirms. */
#include "pkg_verify.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pkg_error *error;

static void must(pkg_result result, const char *what) {
    if (result == PKG_OK) return;
    fprintf(stderr, "%s: [%s] %s\n", what, pkg_result_name(result), error ? pkg_error_message(error) : "");
    pkg_error_free(&error);
    exit(1);
}

static int read_at(void *user, uint64_t at, uint8_t *buffer, size_t size) {
    FILE *file = (FILE *)user;
    if (fseek(file, (long)at, SEEK_SET)) return 1;
    memset(buffer, 0, size); /* what was never written reads as zero */
    return fread(buffer, 1, size, file) < size && ferror(file);
}

static int write_at(void *user, uint64_t at, const uint8_t *bytes, size_t size) {
    FILE *file = (FILE *)user;
    return fseek(file, (long)at, SEEK_SET) || fwrite(bytes, 1, size, file) != size;
}

/* On a device: fsync too. */
static int sync_(void *user) { return fflush((FILE *)user); }

static pkg_storage storage(const char *path, uint64_t capacity) {
    pkg_storage made;
    FILE *file = fopen(path, "r+b");
    if (!file) file = fopen(path, "w+b");
    if (!file) { perror(path); exit(1); }
    made.user = file;
    made.capacity = capacity;
    made.read_at = read_at;
    made.write_at = write_at;
    made.sync = sync_;
    return made;
}

int main(int argc, char **argv) {
    pkg_keyring *keyring = NULL;
    pkg_device *device = NULL;
    pkg_choices *choices = NULL;
    pkg_package *package = NULL;
    pkg_verified *verified = NULL;
    pkg_decision *decision = NULL;
    pkg_store *store = NULL;
    pkg_storage slot, journal, state;
    pkg_base base;
    pkg_target target;
    static uint8_t bytes[1 << 16];
    uint8_t manifest[32], pending[32];
    char path[1024];
    bool is_pending = false;
    size_t size;
    FILE *file;
    if (argc != 8) return 2;
    file = fopen(argv[1], "rb");
    if (!file) { perror(argv[1]); return 1; }
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    must(pkg_keyring_open(bytes, size, true, &keyring, &error), "keyring");
    must(pkg_device_new("acme", "cam-x1", &device, &error), "device");
    must(pkg_device_add_hardware(device, "rev-b", &error), "hardware");

    must(pkg_package_open_file(argv[2], &package, &error), "open");
    must(pkg_package_verify(&package, keyring, device, &verified, &error), "verify");
    must(pkg_install_to_file(verified, argv[4], argv[5], NULL, &error), "install");
    must(pkg_device_installed(device, verified, &error), "installed");
    pkg_verified_free(&verified);

    must(pkg_choices_new("de-AT", &choices, &error), "choices");

    must(pkg_package_open_file(argv[3], &package, &error), "open");
    must(pkg_package_verify(&package, keyring, device, &verified, &error), "verify");
    must(pkg_choices_heard(choices, verified, &error), "heard");
    printf("%s %s%s, %s\n", pkg_verified_product(verified), pkg_verified_version(verified),
           pkg_verified_is_security(verified) ? " security" : "", pkg_verified_fix(verified, 0));
    for (;;) {
        const pkg_verified *offered = verified;
        pkg_verdict verdict;
        must(pkg_decide(device, choices, &offered, 1, -1, &decision, &error), "decide");
        verdict = pkg_decision_verdict(decision);
        printf("verdict %d, %s: %s\n", (int)verdict, pkg_decision_reason(decision), pkg_decision_title(decision));
        pkg_decision_free(&decision);
        if (verdict == PKG_VERDICT_INSTALL) break;
        if (verdict != PKG_VERDICT_NOTIFY) return 3;
        must(pkg_choices_notified(choices, verified, -1, &error), "notified");
    }

    /* What the state is made of is the client's: here one word. */
    snprintf(path, sizeof path, "%s/state", argv[7]);
    state = storage(path, 128 << 10);
    must(pkg_store_create(&state, (const uint8_t *)"old", 3, &store, &error), "state");
    must(pkg_store_check(store, &error), "check");
    snprintf(path, sizeof path, "%s/journal", argv[7]);
    journal = storage(path, 8 << 10);
    slot = storage(argv[6], 1 << 30);
    base.user = fopen(argv[5], "rb");
    if (!base.user) { perror(argv[5]); return 1; }
    fseek((FILE *)base.user, 0, SEEK_END);
    base.size = (uint64_t)ftell((FILE *)base.user);
    base.read_at = read_at;
    target.component = argv[4];
    target.name = "slot b";
    target.storage = &slot;
    target.base = &base;
    if (pkg_device_installed(device, verified, NULL) != PKG_WRONG_ORDER) return 4;
    must(pkg_install(verified, &target, 1, &journal, &error), "install");
    must(pkg_verified_manifest(verified, manifest, &error), "manifest");
    must(pkg_store_stage(store, manifest, (const uint8_t *)"new", 3, &error), "stage");

    /* The device boots the other slot, and says so. */
    must(pkg_store_pending(store, &is_pending, pending, &error), "pending");
    if (!is_pending || memcmp(pending, manifest, 32)) return 5;
    must(pkg_store_confirm(store, pending, &error), "confirm");
    must(pkg_device_installed(device, verified, &error), "installed");
    must(pkg_choices_installed(choices, verified, &error), "installed");
    must(pkg_store_current(store, bytes, sizeof bytes, &size, &error), "current");
    printf("state %.*s\n", (int)size, (const char *)bytes);
    fclose((FILE *)slot.user);
    fclose((FILE *)journal.user);
    fclose((FILE *)state.user);
    fclose((FILE *)base.user);
    pkg_store_free(&store);
    pkg_verified_free(&verified);
    pkg_choices_free(&choices);
    pkg_device_free(&device);
    pkg_keyring_free(&keyring);
    return 0;
}
