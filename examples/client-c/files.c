#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#include "files.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a callback gets: the number of the open file, in a pointer. */
static void *user_of(int file) { return (void *)(intptr_t)file; }
static int file_of(void *user) { return (int)(intptr_t)user; }

/* What was never written reads as zero. */
static int read_at(void *user, uint64_t at, uint8_t *buffer, size_t size) {
    while (size) {
        ssize_t got = pread(file_of(user), buffer, size, (off_t)at);
        if (got < 0) return 1;
        if (!got) {
            memset(buffer, 0, size);
            return 0;
        }
        buffer += got;
        at += (uint64_t)got;
        size -= (size_t)got;
    }
    return 0;
}

static int write_at(void *user, uint64_t at, const uint8_t *bytes, size_t size) {
    while (size) {
        ssize_t put = pwrite(file_of(user), bytes, size, (off_t)at);
        if (put <= 0) return 1;
        bytes += put;
        at += (uint64_t)put;
        size -= (size_t)put;
    }
    return 0;
}

static int sync_(void *user) { return fdatasync(file_of(user)); }

static int open_or_end(const char *path, int flags) {
    int file = open(path, flags | O_CLOEXEC, 0644);
    if (file < 0) {
        perror(path);
        exit(2);
    }
    return file;
}

/* A new name is to last as well. */
static int sync_folder(const char *path) {
    char folder[1024];
    const char *slash = strrchr(path, '/');
    int file, failed;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    file = open(folder, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 1;
    failed = fsync(file);
    close(file);
    return failed;
}

pkg_storage storage_open(const char *path, uint64_t capacity) {
    pkg_storage made;
    made.user = user_of(open_or_end(path, O_RDWR | O_CREAT));
    made.capacity = capacity;
    made.read_at = read_at;
    made.write_at = write_at;
    made.sync = sync_;
    if (sync_folder(path)) {
        perror(path);
        exit(2);
    }
    return made;
}

void storage_close(pkg_storage *storage) { close(file_of(storage->user)); }

pkg_base base_open(const char *path, uint64_t size) {
    pkg_base made;
    made.user = user_of(open_or_end(path, O_RDONLY));
    made.size = size;
    made.read_at = read_at;
    return made;
}

void base_close(pkg_base *base) { close(file_of(base->user)); }

uint8_t *read_file(const char *path, size_t most, size_t *size) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = file ? (uint8_t *)malloc(most + 2) : NULL;
    if (bytes) {
        *size = fread(bytes, 1, most + 1, file);
        if (ferror(file) || *size > most) {
            free(bytes);
            bytes = NULL;
        } else bytes[*size] = 0;
    }
    if (file) fclose(file);
    return bytes;
}

bool replace_file(const char *path, const uint8_t *bytes, size_t size) {
    char beside[1024];
    int file, failed;
    snprintf(beside, sizeof beside, "%s.new", path);
    file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return false;
    failed = write_at(user_of(file), 0, bytes, size) || fsync(file);
    failed |= close(file);
    return !failed && !rename(beside, path) && !sync_folder(path);
}
