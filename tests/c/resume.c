/* Interrupted installs resume: resume KEYRING PACKAGE COMPONENT IMAGE STEP. Storage in memory, of which only what was
 * synced survives a failure. Fails at every STEP-th write or sync of an install; whatever happened, a second one ends
 * in IMAGE. Prints how often that was, how many of the second ones wrote less than a whole one, and how many of them
 * read less of the package, because the reader can seek. */
#include "pkg_verify.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct memory { uint8_t *now, *lasts; size_t size; } memory;

static long left; /* writes and syncs until the power fails */
static unsigned long written;

static int read_at(void *user, uint64_t at, uint8_t *buffer, size_t size) {
    memcpy(buffer, ((memory *)user)->now + at, size);
    return 0;
}

static int write_at(void *user, uint64_t at, const uint8_t *bytes, size_t size) {
    if (left-- <= 0) return 1;
    memcpy(((memory *)user)->now + at, bytes, size);
    written += size;
    return 0;
}

static int sync_(void *user) {
    memory *m = (memory *)user;
    if (left-- <= 0) return 1;
    memcpy(m->lasts, m->now, m->size);
    return 0;
}

static pkg_storage storage(memory *m, size_t size) {
    pkg_storage made;
    m->now = (uint8_t *)calloc(size, 1);
    m->lasts = (uint8_t *)calloc(size, 1);
    m->size = size;
    if (!m->now || !m->lasts) exit(1);
    made.user = m;
    made.capacity = size;
    made.read_at = read_at;
    made.write_at = write_at;
    made.sync = sync_;
    return made;
}

/* What is left after the power came back. */
static void back(memory *m) { memcpy(m->now, m->lasts, m->size); }

static uint8_t *file(const char *path, size_t *size) {
    FILE *open = fopen(path, "rb");
    uint8_t *bytes;
    if (!open) { perror(path); exit(1); }
    fseek(open, 0, SEEK_END);
    *size = (size_t)ftell(open);
    rewind(open);
    bytes = (uint8_t *)malloc(*size);
    if (!bytes || fread(bytes, 1, *size, open) != *size) exit(1);
    fclose(open);
    return bytes;
}

static const pkg_keyring *trusted;

/* A package on a server: what is fetched is counted. */
static struct server { const uint8_t *bytes; size_t size, at, fetched; } server;

static int64_t fetch(void *user, uint8_t *buffer, size_t size) {
    struct server *s = (struct server *)user;
    size_t left = s->at < s->size ? s->size - s->at : 0;
    if (size > left) size = left;
    memcpy(buffer, s->bytes + s->at, size);
    s->at += size;
    s->fetched += size;
    return (int64_t)size;
}

static int seek(void *user, uint64_t at) {
    ((struct server *)user)->at = (size_t)at;
    return 0;
}

static pkg_result install(const pkg_target *target, const pkg_storage *journal) {
    pkg_package *package = NULL;
    pkg_verified *verified = NULL;
    pkg_reader reader;
    pkg_result result;
    reader.user = &server;
    reader.read = fetch;
    reader.seek = seek;
    server.at = server.fetched = 0;
    if (pkg_package_open(&reader, &package, NULL) != PKG_OK) exit(2);
    if (pkg_package_verify_statements(&package, trusted, NULL, &verified, NULL) != PKG_OK) exit(2);
    result = pkg_install(verified, target, 1, journal, NULL);
    pkg_verified_free(&verified);
    return result;
}

int main(int argc, char **argv) {
    pkg_keyring *keyring = NULL;
    size_t i, size, keyring_size;
    uint8_t *image, *bytes, *package;
    memory slot_memory, journal_memory;
    pkg_storage slot, journal;
    pkg_target target;
    long all, at, step, failures = 0, less = 0, skipped = 0;
    unsigned long whole;
    if (argc != 6) return 2;
    bytes = file(argv[1], &keyring_size);
    if (pkg_keyring_open(bytes, keyring_size, true, &keyring, NULL) != PKG_OK) return 2;
    trusted = keyring;
    image = file(argv[4], &size);
    server.bytes = package = file(argv[2], &server.size);
    slot = storage(&slot_memory, size);
    journal = storage(&journal_memory, 8 << 10);
    target.component = argv[3];
    target.name = "slot b";
    target.storage = &slot;
    target.base = NULL;
    step = atol(argv[5]);

    /* A whole one, to know how long it is. */
    left = 1L << 30;
    if (install(&target, &journal) != PKG_OK || memcmp(slot_memory.lasts, image, size)) return 3;
    all = (1L << 30) - left;
    whole = written;

    /* A journal that is too small is answered, and nothing is written beyond it. */
    memset(journal_memory.now, 0xee, journal_memory.size);
    journal.capacity = 4 << 10;
    if (install(&target, &journal) != PKG_IO) return 7;
    for (i = 4 << 10; i < journal_memory.size; i++)
        if (journal_memory.now[i] != 0xee) return 8;
    journal.capacity = journal_memory.size;

    for (at = 0; at < all; at += step) {
        memset(slot_memory.now, 0xee, size);
        memset(journal_memory.now, 0, journal_memory.size);
        memcpy(slot_memory.lasts, slot_memory.now, size);
        memcpy(journal_memory.lasts, journal_memory.now, journal_memory.size);
        left = at;
        if (install(&target, &journal) != PKG_IO) return 4;
        failures++;
        back(&slot_memory);
        back(&journal_memory);
        left = 1L << 30;
        written = 0;
        if (install(&target, &journal) != PKG_OK) return 5;
        if (memcmp(slot_memory.lasts, image, size)) return 6;
        less += written < whole;
        skipped += server.fetched < server.size;
    }
    printf("%ld failures, %ld resumed, %ld skipped\n", failures, less, skipped);
    free(slot_memory.now);
    free(slot_memory.lasts);
    free(journal_memory.now);
    free(journal_memory.lasts);
    free(image);
    free(package);
    free(bytes);
    pkg_keyring_free(&keyring);
    return 0;
}
