/* A client on a device that follows a repository. Each run does one round and ends; however it ends, also by a power cut,
 * the next one resumes.
 *
 *     follow [-y] [-e SECONDS] [-p SECONDS] FOLDER KEYRING ID ADDRESS...
 *     follow -b ok|failed FOLDER KEYRING
 *
 * FOLDER has factory.toml, a state file of `pkg decide` that says what the device is. KEYRING is the keyring that the
 * device was made with, ID the id of the repository. -e says how many seconds passed since the last round, by a clock
 * that only goes forward; -p gives up on an answer that stops for so long; -y answers yes to every question. After the
 * restart -b says how the start went. Two slots, FOLDER/a and FOLDER/b, hold an image for each component. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "files.h"
#include "web.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGES 16
#define STATE (256 << 10)
#define RECORD (4 << 20)
#define KEYRING (16 << 20)

static pkg_error *error;
static const char *folder;
static pkg_keyring *keyring;
static pkg_device *device;
static pkg_choices *choices;
static pkg_store *store;
static char slot; /* what runs; '-' before anything does */

static const char *in_folder(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* A line in the log about a call that failed. */
static void tell(const char *what, pkg_result result) {
    fprintf(stderr, "log: %s: [%s] %s\n", what, pkg_result_name(result), error ? pkg_error_message(error) : "");
    pkg_error_free(&error);
}

static void must(pkg_result result, const char *what) {
    if (result == PKG_OK) return;
    tell(what, result);
    exit(2);
}

/* The state as text. Its first line is this client's own: which slot runs. Freed by free. */
static char *text_of(char running) {
    char *text = NULL, *whole;
    must(pkg_state_to_text(device, choices, keyring, &text, &error), "the state as text");
    whole = (char *)malloc(strlen(text) + 16);
    if (!whole) exit(2);
    sprintf(whole, "# slot %c\n%s", running, text);
    pkg_text_free(&text);
    return whole;
}

static void save(void) {
    char *text = text_of(slot);
    must(pkg_store_update(store, (const uint8_t *)text, strlen(text), &error), "the state");
    free(text);
}

/* The keyring: the newest that was accepted, else the one that the device was made with. */
static void open_keyring(const char *pinned) {
    size_t size = 0;
    uint8_t *bytes = read_file(in_folder("keyring"), KEYRING, &size);
    if (!bytes) bytes = read_file(pinned, KEYRING, &size);
    if (!bytes) {
        perror(pinned);
        exit(2);
    }
    must(pkg_keyring_open(bytes, size, false, &keyring, &error), "the keyring");
    free(bytes);
}

/* The state; at the first start what the factory says. A state that is lost later is no reason to come here again. */
static void open_state(pkg_storage *storage) {
    uint8_t *text;
    size_t size = 0;
    bool is_new = access(in_folder("state"), F_OK) != 0;
    *storage = storage_open(in_folder("state"), STATE);
    if (is_new) {
        text = read_file(in_folder("factory.toml"), STATE, &size);
        if (!text) {
            unlink(in_folder("state"));
            exit((perror("factory.toml"), 2));
        }
        must(pkg_state_from_text((char *)text, keyring, &device, &choices, &error), "factory.toml");
        free(text);
        slot = '-';
        text = (uint8_t *)text_of(slot);
        must(pkg_store_create(storage, text, strlen((char *)text), &store, &error), "the state");
        free(text);
        return;
    }
    must(pkg_store_open(storage, 0, &store, &error), "the state");
    text = (uint8_t *)calloc(STATE + 1, 1);
    if (!text) exit(2);
    must(pkg_store_current(store, text, STATE, &size, &error), "the state");
    if (sscanf((char *)text, "# slot %c", &slot) != 1) exit((fprintf(stderr, "the state names no slot\n"), 2));
    must(pkg_state_from_text((char *)text, keyring, &device, &choices, &error), "the state");
    free(text);
}

/* Keeps the record of the repository where it changed. */
static void keep_record(pkg_repository *repository) {
    size_t size = 0, before = 0;
    uint8_t *now = (uint8_t *)malloc(RECORD), *there = read_file(in_folder("repository"), RECORD, &before);
    if (!now) exit(2);
    must(pkg_repository_record(repository, now, RECORD, &size, &error), "the record");
    if ((!there || size != before || memcmp(now, there, size)) && !replace_file(in_folder("repository"), now, size))
        perror("the record");
    free(there);
    free(now);
}

/* A newer keyring came: its file first, then the state, which refuses an older one from now on. */
static void keep_keyring(pkg_repository *repository) {
    size_t size = 0;
    uint8_t *bytes = (uint8_t *)malloc(KEYRING);
    if (!bytes) exit(2);
    must(pkg_repository_keyring(repository, bytes, KEYRING, &size, &error), "the keyring");
    if (!replace_file(in_folder("keyring"), bytes, size)) exit((perror("the keyring"), 2));
    free(bytes);
    save();
    fprintf(stderr, "log: keyring version %" PRIu64 " is in force\n", pkg_keyring_version(keyring));
}

/* Asks for the head. Where that fails, or the head is old, the other addresses are asked. */
static void look(pkg_repository *repository, web *from, int addresses) {
    int64_t overdue = -1;
    int i;
    for (i = 0; i < addresses; i++) {
        uint64_t version = pkg_keyring_version(keyring);
        bool is_newer = false;
        pkg_result result = pkg_repository_look(repository, keyring, device, choices, -1, &is_newer, &error);
        if (pkg_keyring_version(keyring) > version) keep_keyring(repository);
        if (result == PKG_REP_4) {
            printf("alarm: [REP-4] %s\n", pkg_error_message(error));
            keep_record(repository); /* the other head is evidence */
        }
        if (result != PKG_OK) tell("nothing new", result);
        overdue = pkg_repository_overdue(repository, -1);
        if (result == PKG_OK && overdue == 0) return;
        web_turn(from);
    }
    if (overdue > 0)
        printf("may be behind: a newer head is overdue by %" PRId64 " seconds, updates may be withheld\n", overdue);
}

/* The packages that the device should look at, and their number. */
static pkg_verified **gather(pkg_repository *repository, size_t *count) {
    pkg_verified **found = NULL, *next;
    uint8_t manifest[32];
    size_t size = 0;
    uint8_t *failed = read_file(in_folder("failed"), sizeof manifest, &size);
    for (*count = 0;;) {
        pkg_result result = pkg_repository_next(repository, keyring, device, choices, &next, &error);
        if (result != PKG_OK) {
            tell("a package", result);
            continue;
        }
        if (!next) break;
        must(pkg_device_seen(device, next, &error), "seen");
        must(pkg_choices_heard(choices, next, &error), "heard");
        must(pkg_verified_manifest_digest(next, manifest, &error), "the manifest");
        if (failed && size == sizeof manifest && !memcmp(manifest, failed, size))
            must(pkg_choices_decline(choices, next, &error), "decline");
        found = (pkg_verified **)realloc(found, (*count + 1) * sizeof *found);
        if (!found) exit(2);
        found[(*count)++] = next;
    }
    save();
    if (failed) unlink(in_folder("failed"));
    free(failed);
    return found;
}

/* Writes the images of a package to the slot that does not run. */
static pkg_result write_images(pkg_verified *package, char to, bool *is_delta) {
    pkg_target targets[IMAGES];
    pkg_storage storages[IMAGES], journal = storage_open(in_folder("journal"), 8 << 10);
    pkg_base bases[IMAGES];
    char names[IMAGES][256], name[256];
    const pkg_image *image;
    pkg_result result;
    size_t count, i;
    *is_delta = false;
    memset(bases, 0, sizeof bases);
    snprintf(name, sizeof name, "%c", to);
    mkdir(in_folder(name), 0755);
    for (count = 0; count < IMAGES && (image = pkg_verified_image(package, count)); count++) {
        snprintf(names[count], sizeof names[count], "%c/%s", to, image->component);
        storages[count] = storage_open(in_folder(names[count]), image->size);
        targets[count].component = image->component;
        targets[count].name = names[count];
        targets[count].storage = &storages[count];
        targets[count].base = NULL;
        if (image->codec != PKG_CODEC_DELTA) continue;
        snprintf(name, sizeof name, "%c/%s", slot, image->component);
        bases[count] = base_open(in_folder(name), image->base_size);
        targets[count].base = &bases[count];
        *is_delta = true;
    }
    result = pkg_install(package, targets, count, &journal, &error);
    for (i = 0; i < count; i++) {
        image = pkg_verified_image(package, i);
        /* What an older, longer image left there. */
        if (result == PKG_OK && truncate(in_folder(names[i]), (off_t)image->size)) result = PKG_IO;
        storage_close(&storages[i]);
        if (targets[i].base) base_close(&bases[i]);
    }
    storage_close(&journal);
    return result;
}

/* The package is installed: stores what will be true once it runs. */
static void stage(const pkg_verified *package, char to, bool is_delta) {
    uint8_t manifest[32];
    char *text;
    must(pkg_device_installed(device, package, &error), "installed");
    must(pkg_choices_installed(choices, package, &error), "installed");
    must(pkg_verified_manifest_digest(package, manifest, &error), "the manifest");
    text = text_of(to);
    must(pkg_store_stage(store, manifest, (const uint8_t *)text, strlen(text), &error), "stage");
    free(text);
    printf("installed %s %s; restart to run it\n", pkg_verified_version(package), is_delta ? "by delta" : "in full");
}

/* From the network into the slot. The delta first; where there is none or it is refused, the full package, at each
 * address. PKG_IO if it merely could not be read: it resumes in the next round. */
static pkg_result install(pkg_repository *repository, const pkg_verified *decided, web *from, int addresses) {
    char to = slot == 'a' ? 'b' : 'a';
    pkg_result result = PKG_MISSING;
    int way;
    must(pkg_store_check(store, &error), "the state");
    for (way = 0; way <= addresses; way++) {
        pkg_verified *package = NULL;
        bool is_delta = false;
        result = (way ? pkg_repository_package : pkg_repository_delta)(repository, keyring, device, decided,
                                                                                  &package, &error);
        if (result == PKG_OK) result = write_images(package, to, &is_delta);
        if (result == PKG_OK) stage(package, to, is_delta);
        pkg_verified_free(&package);
        if (result == PKG_OK) return PKG_OK;
        if (!way && result == PKG_MISSING) {
            pkg_error_free(&error);
            continue;
        }
        tell(way ? "the package" : "the delta", result);
        if (result == PKG_IO) break;
        if (way) web_turn(from);
    }
    return result;
}

/* What may still be installed where `failed` could not be: another fix is better than none, and a feature is no
 * replacement for a fix. Frees the rest. */
static void keep_other_fixes(pkg_verified **found, size_t *count, const uint8_t failed[32]) {
    uint8_t manifest[32];
    size_t i, kept = 0;
    for (i = 0; i < *count; i++) {
        must(pkg_verified_manifest_digest(found[i], manifest, &error), "the manifest");
        if (pkg_verified_is_security(found[i]) && memcmp(manifest, failed, sizeof manifest)) found[kept++] = found[i];
        else pkg_verified_free(&found[i]);
    }
    *count = kept;
}

static void free_all(pkg_verified **found, size_t count) {
    size_t i;
    for (i = 0; i < count; i++) pkg_verified_free(&found[i]);
    free(found);
}

/* Decides on what was found, and does it. Where a package breaks a rule, the next one that fits is tried. What merely
 * could not be read resumes in the next round: nothing else may be written over it meanwhile. */
static int act(pkg_repository *repository, bool yes, web *from, int addresses) {
    size_t count = 0;
    pkg_verified **found = gather(repository, &count);
    bool has_failed = false, goes_on = true;
    int status = 0;
    keep_record(repository); /* once all that it lists was heard */
    while (goes_on) {
        pkg_decision *decision = NULL;
        pkg_verdict verdict;
        const pkg_verified *about;
        char reason[64];
        int64_t index;
        must(pkg_decide(device, choices, (const pkg_verified *const *)found, count, -1, &decision, &error), "decide");
        verdict = pkg_decision_verdict(decision);
        index = pkg_decision_package(decision);
        about = index < 0 ? NULL : found[index];
        snprintf(reason, sizeof reason, "%s", pkg_decision_reason(decision));
        if (verdict == PKG_VERDICT_NOTIFY || verdict == PKG_VERDICT_ADVISE)
            printf("%s\n%s\n", pkg_decision_title(decision), pkg_decision_action(decision));
        pkg_decision_free(&decision);
        if (verdict == PKG_VERDICT_INSTALL) {
            uint8_t manifest[32];
            pkg_result result = install(repository, about, from, addresses);
            goes_on = result != PKG_OK && result != PKG_IO;
            status = result == PKG_OK ? 0 : 2;
            if (!goes_on) continue;
            must(pkg_verified_manifest_digest(about, manifest, &error), "the manifest");
            if (!has_failed) {
                /* Steps went up to the first that fits. */
                free_all(found, count);
                must(pkg_repository_rewind(repository, true, &error), "rewind");
                found = gather(repository, &count);
                has_failed = true;
            }
            keep_other_fixes(found, &count, manifest);
        } else if (verdict == PKG_VERDICT_NOTIFY || verdict == PKG_VERDICT_ADVISE) {
            must(pkg_choices_notified(choices, about, -1, &error), "notified");
            save();
            goes_on = verdict == PKG_VERDICT_ADVISE || yes;
            if (goes_on) continue;
            printf("told; the next round goes on\n");
            status = 0;
        } else if ((verdict == PKG_VERDICT_ASK_DOWNLOAD || verdict == PKG_VERDICT_ASK_APPROVAL) && yes) {
            must(pkg_choices_approve_download(choices, about, &error), "approve");
            must(pkg_choices_approve(choices, about, &error), "approve");
            save();
        } else {
            if (!has_failed) printf("%s\n", reason);
            goes_on = false;
        }
    }
    if (status) fprintf(stderr, "it could not be installed; the next round tries again\n");
    free_all(found, count);
    return status;
}

static int round_(char **argv, int count, uint64_t elapsed, long patience, bool yes) {
    web *from = web_new(argv + 1, count - 1, patience);
    pkg_transport transport;
    pkg_repository *repository = NULL;
    size_t size = 0;
    uint8_t *record = read_file(in_folder("repository"), RECORD, &size);
    int status;
    if (!from) exit(2);
    transport = web_transport(from);
    must(pkg_repository_open(argv[0], device, false, &transport, keyring, record, record ? size : 0, &repository,
                             &error), "the repository");
    free(record);
    must(pkg_choices_elapse(choices, elapsed, &error), "elapse");
    must(pkg_repository_elapse(repository, elapsed, &error), "elapse");
    look(repository, from, count - 1);
    status = act(repository, yes, from, count - 1);
    pkg_repository_free(&repository);
    web_free(from);
    return status;
}

/* How the start of what was installed went. What did not start is not tried again by itself. */
static int booted(const char *how, bool is_pending, const uint8_t *manifest) {
    if (!is_pending) printf("nothing waits to be confirmed\n");
    else if (!strcmp(how, "ok")) {
        must(pkg_store_confirm(store, manifest, &error), "confirm");
        printf("confirmed: it runs\n");
    } else {
        if (!replace_file(in_folder("failed"), manifest, 32)) exit((perror("failed"), 2));
        must(pkg_store_revert(store, &error), "revert");
        printf("taken back: what ran before runs\n");
    }
    return 0;
}

int main(int argc, char **argv) {
    const char *how = NULL;
    uint64_t elapsed = 0;
    long patience = 60;
    bool yes = false, is_pending = false;
    uint8_t manifest[32];
    pkg_storage state;
    int option, status = 0;
    while ((option = getopt(argc, argv, "yb:e:p:")) != -1) {
        if (option == 'y') yes = true;
        else if (option == 'b') how = optarg;
        else if (option == 'e') elapsed = strtoull(optarg, NULL, 10);
        else if (option == 'p') patience = strtol(optarg, NULL, 10);
        else return 2;
    }
    argv += optind;
    argc -= optind;
    if (argc < (how ? 2 : 4) || patience < 1) {
        fprintf(stderr, "follow [-y] [-e SECONDS] [-p SECONDS] FOLDER KEYRING ID ADDRESS...\n");
        return 2;
    }
    folder = argv[0];
    open_keyring(argv[1]);
    open_state(&state);
    must(pkg_store_pending(store, &is_pending, manifest, &error), "pending");
    if (how) status = booted(how, is_pending, manifest);
    else if (is_pending) printf("installed, and waits for its start\n");
    else status = round_(argv + 2, argc - 2, elapsed, patience, yes);
    pkg_store_free(&store);
    storage_close(&state);
    pkg_choices_free(&choices);
    pkg_device_free(&device);
    pkg_keyring_free(&keyring);
    return status;
}
