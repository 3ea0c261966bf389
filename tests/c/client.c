/* A client in short: client KEYRING FIRST PACKAGE COMPONENT RUNNING TARGET WORK. Installs FIRST to the file RUNNING, as
 * the factory does. Its user opts out of automatic updates. Then, after a restart: verifies PACKAGE, tells, decides,
 * asks, keeps records in WORK/records, installs to TARGET through callbacks with a journal in WORK/journal, confirms.
 * Everything that is remembered is in WORK/state. */
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

/* What is remembered, as text; freed by pkg_text_free. */
static char *text_of(const pkg_device *device, const pkg_choices *choices, const pkg_keyring *keyring) {
    char *text = NULL;
    must(pkg_state_to_text(device, choices, keyring, &text, &error), "state as text");
    return text;
}

static void save(pkg_store *store, const pkg_device *device, const pkg_choices *choices, const pkg_keyring *keyring) {
    char *text = text_of(device, choices, keyring);
    must(pkg_store_update(store, (const uint8_t *)text, strlen(text), &error), "store");
    pkg_text_free(&text);
}

static pkg_verified *verified_file(const char *path, const pkg_keyring *keyring, const pkg_device *device) {
    pkg_package *package = NULL;
    pkg_verified *verified = NULL;
    must(pkg_package_open_file(path, &package, &error), "open");
    must(pkg_package_verify_statements(&package, keyring, device, &verified, &error), "verify");
    return verified;
}

/* The factory: a first release, and a user who opts out. */
static void make(char **argv, const pkg_keyring *keyring, const pkg_storage *state) {
    pkg_device *device = NULL;
    pkg_choices *choices = NULL;
    pkg_verified *first;
    pkg_store *store = NULL;
    char *text;
    must(pkg_device_new("acme", "cam-x1", &device, &error), "device");
    must(pkg_device_add_hardware(device, "rev-b", &error), "hardware");
    must(pkg_device_declare(device, "product", "kernel", &error), "declare");
    must(pkg_device_declare(device, "product", "rootfs", &error), "declare");
    must(pkg_choices_new("de-AT", &choices, &error), "choices");
    must(pkg_choices_set_automatic(choices, false, false, &error), "opt-out");
    first = verified_file(argv[2], keyring, device);
    must(pkg_install_to_file(first, argv[4], argv[5], NULL, &error), "install");
    must(pkg_device_installed(device, first, &error), "installed");
    text = text_of(device, choices, keyring);
    must(pkg_store_create(state, (const uint8_t *)text, strlen(text), &store, &error), "state");
    pkg_text_free(&text);
    pkg_store_free(&store);
    pkg_verified_free(&first);
    pkg_choices_free(&choices);
    pkg_device_free(&device);
}

/* What was stored, after a start. */
static void read_state(pkg_store *store, const pkg_keyring *keyring, pkg_device **device, pkg_choices **choices) {
    size_t size = 0;
    char *text;
    must(pkg_store_current(store, NULL, 0, &size, NULL) == PKG_TOO_SMALL ? PKG_OK : PKG_STATE, "size");
    text = (char *)calloc(size + 1, 1);
    if (!text) exit(1);
    must(pkg_store_current(store, (uint8_t *)text, size, &size, &error), "current");
    must(pkg_state_from_text(text, keyring, device, choices, &error), "state");
    free(text);
}

/* Records what was decided, before it is done. */
static void record(pkg_records *records, const char *path, const pkg_verified *offered, const pkg_decision *decision,
                   const char *choice) {
    char *line = NULL;
    FILE *file = fopen(path, "ab");
    must(pkg_records_line(records, &offered, 1, -1, decision, choice, choice ? offered : NULL, &line, &error), "line");
    if (!file || fputs(line, file) < 0 || fclose(file)) { perror(path); exit(1); }
    pkg_text_free(&line);
}

/* Asks until it may be installed. */
static void decide(pkg_store *store, pkg_device *device, pkg_choices *choices, const pkg_keyring *keyring,
                   const pkg_verified *offered, const char *path) {
    pkg_decision *decision = NULL;
    pkg_records *records = NULL;
    const char *choice = NULL;
    must(pkg_records_open(NULL, 0, &records, &error), "records");
    for (;;) {
        pkg_verdict verdict;
        must(pkg_decide(device, choices, &offered, 1, -1, &decision, &error), "decide");
        verdict = pkg_decision_verdict(decision);
        record(records, path, offered, decision, choice);
        printf("verdict %d, %s: %s\n", (int)verdict, pkg_decision_reason(decision), pkg_decision_title(decision));
        pkg_decision_free(&decision);
        if (verdict == PKG_VERDICT_INSTALL) break;
        if (verdict == PKG_VERDICT_NOTIFY) {
            must(pkg_choices_notified(choices, offered, -1, &error), "notified");
            choice = NULL;
        } else if (!choice) { /* opted out: only if the user says so */
            must(pkg_choices_approve(choices, offered, &error), "approve");
            choice = "approve";
        } else exit(3);
        save(store, device, choices, keyring);
    }
    pkg_records_free(&records);
}

int main(int argc, char **argv) {
    pkg_keyring *keyring = NULL;
    pkg_device *device = NULL;
    pkg_choices *choices = NULL;
    pkg_verified *verified;
    pkg_store *store = NULL;
    pkg_storage slot, journal, state;
    pkg_base base;
    pkg_target target;
    static uint8_t bytes[1 << 16];
    uint8_t manifest[32], pending[32];
    char path[1024], *text;
    bool is_pending = false;
    size_t size;
    FILE *file;
    if (argc != 8) return 2;
    file = fopen(argv[1], "rb");
    if (!file) { perror(argv[1]); return 1; }
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    must(pkg_keyring_open(bytes, size, true, &keyring, &error), "keyring");
    snprintf(path, sizeof path, "%s/state", argv[7]);
    state = storage(path, 256 << 10);
    make(argv, keyring, &state);

    /* A start later. */
    must(pkg_store_open(&state, 0, &store, &error), "store");
    read_state(store, keyring, &device, &choices);
    verified = verified_file(argv[3], keyring, device);
    must(pkg_choices_heard(choices, verified, &error), "heard");
    printf("%s %s%s, %s\n", pkg_verified_product(verified), pkg_verified_version(verified),
           pkg_verified_is_security(verified) ? " security" : "", pkg_verified_fix(verified, 0));
    snprintf(path, sizeof path, "%s/records", argv[7]);
    decide(store, device, choices, keyring, verified, path);

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
    /* What is true once the other slot runs. Until then what is current stays. */
    must(pkg_device_installed(device, verified, &error), "installed");
    must(pkg_choices_installed(choices, verified, &error), "installed");
    must(pkg_verified_manifest_digest(verified, manifest, &error), "manifest");
    text = text_of(device, choices, keyring);
    must(pkg_store_stage(store, manifest, (const uint8_t *)text, strlen(text), &error), "stage");
    pkg_text_free(&text);
    pkg_verified_free(&verified);
    pkg_choices_free(&choices);
    pkg_device_free(&device);
    pkg_store_free(&store);

    /* The device boots the other slot, and says so. */
    must(pkg_store_open(&state, 0, &store, &error), "store");
    must(pkg_store_pending(store, &is_pending, pending, &error), "pending");
    if (!is_pending || memcmp(pending, manifest, 32)) return 5;
    must(pkg_store_confirm(store, pending, &error), "confirm");
    read_state(store, keyring, &device, &choices);
    text = text_of(device, choices, keyring);
    printf("%s", text);
    pkg_text_free(&text);
    fclose((FILE *)slot.user);
    fclose((FILE *)journal.user);
    fclose((FILE *)state.user);
    fclose((FILE *)base.user);
    pkg_store_free(&store);
    pkg_choices_free(&choices);
    pkg_device_free(&device);
    pkg_keyring_free(&keyring);
    return 0;
}
