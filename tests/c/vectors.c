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

/* The device of a state file, or one that no package fits. */
static pkg_device *device(const char *folder, const char *name, const struct expected *e) {
    pkg_device *made = NULL;
    pkg_choices *choices = NULL;
    if (*name) {
        struct bytes file = read_file(folder, name, ".state.toml");
        char *text = (char *)malloc(file.size + 1);
        memcpy(text, file.at, file.size);
        text[file.size] = 0;
        must(pkg_state_from_text(text, NULL, &made, &choices, NULL));
        pkg_choices_free(&choices);
        free(text);
        free(file.at);
    } else {
        must(pkg_device_new("none", "none", &made, NULL));
    }
    must(pkg_device_set_policy(made, e->memory, e->jump, e->testing != 0, NULL));
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
        pkg_fit fit = PKG_FIT_INFORMATIONAL;
        pkg_reader reader;
        pkg_result result;
        reader.user = &vector;
        reader.read = from_memory;
        reader.seek = NULL;
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
