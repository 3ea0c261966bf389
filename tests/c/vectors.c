/* Holds the C interface to every vector: vectors FOLDER FILE.vec... Prints what differs; exit status 1 then. */
#include "pkg_verify.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes { unsigned char *at; size_t size, next; };

static struct bytes read_file(const char *folder, const char *name, const char *ending) {
    char path[1024];
    struct bytes all = { NULL, 0, 0 };
    FILE *file;
    long size;
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    file = fopen(path, "rb");
    if (!file) { perror(path); exit(2); }
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    all.size = (size_t)size;
    all.at = (unsigned char *)calloc(all.size + 1, 1);
    if (!all.at || fread(all.at, 1, all.size, file) != all.size) { perror(path); exit(2); }
    fclose(file);
    return all;
}

/* What a vector expects, as read from its header. */
struct expected { char keyring[64], state[64], rule[32], fit[32]; unsigned long long memory, jump; int testing, accepted; };

static int64_t from_memory(void *user, uint8_t *buffer, size_t size) {
    struct bytes *all = (struct bytes *)user;
    size_t left = all->size - all->next;
    if (size > left) size = left;
    memcpy(buffer, all->at + all->next, size);
    all->next += size;
    return (int64_t)size;
}

static struct expected header(struct bytes *vector) {
    struct expected e;
    char *line = (char *)vector->at;
    memset(&e, 0, sizeof e);
    e.testing = 1;
    while (*line != '\n') {
        char *end = strchr(line, '\n'), *value;
        *end = 0;
        value = strstr(line, ": ");
        *value = 0;
        value += 2;
        if (!strcmp(line, "keyring")) snprintf(e.keyring, sizeof e.keyring, "%s", value);
        if (!strcmp(line, "state")) snprintf(e.state, sizeof e.state, "%s", value);
        if (!strcmp(line, "rule")) snprintf(e.rule, sizeof e.rule, "%s", value);
        if (!strcmp(line, "fit")) snprintf(e.fit, sizeof e.fit, "%s", value);
        if (!strcmp(line, "expect")) e.accepted = !strcmp(value, "accepted");
        if (!strcmp(line, "policy-decode-memory")) e.memory = strtoull(value, NULL, 10);
        if (!strcmp(line, "policy-jump")) e.jump = strtoull(value, NULL, 10);
        if (!strcmp(line, "policy-testing")) e.testing = !strcmp(value, "accept");
        line = end + 1;
    }
    vector->next = (size_t)(line + 1 - (char *)vector->at);
    return e;
}

static void must(pkg_result result) {
    if (result != PKG_OK) { fprintf(stderr, "unexpected %s\n", pkg_result_name(result)); exit(2); }
}

static void hex(const char *text, uint8_t *out) {
    int i;
    unsigned byte;
    for (i = 0; i < 32; i++) { sscanf(text + 2 * i, "%2x", &byte); out[i] = (uint8_t)byte; }
}

/* As much TOML as the states of the vectors need: one key a line, text in quotes. */
static pkg_device *device(const char *folder, const char *name, const struct expected *e) {
    char vendor[64] = "none", product[64] = "none", hardware[8][64], scope[64] = "", line_[64] = "", component[64] = "";
    char manifest[80] = "";
    unsigned long long sequence = 0, feature = 0, security = 0;
    int n = 0, open = 0, i;
    pkg_device *made = NULL;
    struct bytes file = { NULL, 0, 0 };
    char *line, *rest;
    uint8_t digest[32];
    if (*name) {
        file = read_file(folder, name, ".state.toml");
        for (line = rest = (char *)file.at; line && *line; line = rest) {
            char key[64], value[256];
            rest = strchr(line, '\n');
            if (rest) *rest++ = 0;
            if (!made && (strstr(line, "[[") == line)) {
                must(pkg_device_new(vendor, product, &made, NULL));
                for (i = 0; i < n; i++) must(pkg_device_add_hardware(made, hardware[i], NULL));
            }
            if (!strcmp(line, "[[installed]]")) { open = 1; *manifest = 0; }
            if (sscanf(line, "%63s = %255[^\n]", key, value) != 2) continue;
            if (!strcmp(key, "hardware")) {
                char *at = value;
                while (n < 8 && (at = strchr(at, '"'))) {
                    char *end = strchr(++at, '"');
                    snprintf(hardware[n++], 64, "%.*s", (int)(end - at), at);
                    at = end + 1;
                }
                continue;
            }
            if (value[0] == '"') { memmove(value, value + 1, strlen(value)); *strchr(value, '"') = 0; }
            if (!strcmp(key, "vendor")) snprintf(vendor, 64, "%.63s", value);
            if (!strcmp(key, "name")) snprintf(product, 64, "%.63s", value);
            if (!strcmp(key, "scope")) snprintf(scope, 64, "%.63s", value);
            if (!strcmp(key, "line")) snprintf(line_, 64, "%.63s", value);
            if (!strcmp(key, "sequence")) sequence = strtoull(value, NULL, 10);
            if (!strcmp(key, "feature-level")) feature = strtoull(value, NULL, 10);
            if (!strcmp(key, "security-level")) security = strtoull(value, NULL, 10);
            if (!strcmp(key, "manifest")) snprintf(manifest, 80, "%.79s", value);
            if (!strcmp(key, "component")) snprintf(component, 64, "%.63s", value);
            if (!strcmp(key, "sha256")) {
                if (open) {
                    if (*manifest) hex(manifest, digest);
                    must(pkg_device_set_installed(made, scope, line_, sequence, feature, security,
                                                  *manifest ? digest : NULL, NULL));
                    open = 0;
                }
                hex(value, digest);
                must(pkg_device_add_image(made, scope, component, digest, NULL));
            }
        }
    }
    if (!made) {
        must(pkg_device_new(vendor, product, &made, NULL));
        for (i = 0; i < n; i++) must(pkg_device_add_hardware(made, hardware[i], NULL));
    }
    must(pkg_device_set_policy(made, e->memory, e->jump, e->testing != 0, NULL));
    free(file.at);
    return made;
}

int main(int argc, char **argv) {
    static const char *const fits[] = { "", "step", "installed", "words" };
    int i, wrong = 0;
    for (i = 2; i < argc; i++) {
        struct bytes vector = read_file(argv[1], argv[i], ""), file;
        struct expected e = header(&vector);
        pkg_keyring *keyring = NULL;
        pkg_device *dev = device(argv[1], e.state, &e);
        pkg_package *package = NULL;
        pkg_verified *verified = NULL;
        pkg_error *error = NULL;
        pkg_fit fit = PKG_FIT_WORDS;
        pkg_reader reader;
        pkg_result result;
        reader.user = &vector;
        reader.read = from_memory;
        file = read_file(argv[1], e.keyring, ".keyring");
        must(pkg_keyring_open(file.at, file.size, true, &keyring, NULL));
        free(file.at);
        result = pkg_package_open(&reader, &package, &error);
        if (!result) result = pkg_package_verify_statements(&package, keyring, dev, &verified, &error);
        if (!result && *e.state) result = pkg_device_fits(dev, verified, &fit, &error);
        if (!result) result = pkg_verified_check(verified, &error);
        if (strcmp(pkg_result_name(result), e.accepted ? "OK" : e.rule) || (result != PKG_OK) != (error != NULL)
            || (!result && *e.fit && strcmp(fits[fit], e.fit))) {
            printf("%s: expected %s, found %s: %s\n", argv[i], e.accepted ? "OK" : e.rule,
                   pkg_result_name(result), error ? pkg_error_message(error) : "");
            wrong = 1;
        }
        pkg_error_free(&error);
        pkg_verified_free(&verified);
        pkg_package_free(&package);
        pkg_device_free(&dev);
        pkg_keyring_free(&keyring);
        free(vector.at);
    }
    printf("%d vectors\n", argc - 2);
    return wrong;
}
