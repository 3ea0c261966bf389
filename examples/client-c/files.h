/* Files of a device: storage for pkg_verify.h, and files that are replaced as a whole. */
#ifndef FILES_H
#define FILES_H

#include "pkg_verify.h"

/* A file as storage of `capacity` bytes at most; one that is missing is made. Ends the program if it cannot be opened. */
pkg_storage storage_open(const char *path, uint64_t capacity);
void storage_close(pkg_storage *);

/* A file as the base of a delta. */
pkg_base base_open(const char *path, uint64_t size);
void base_close(pkg_base *);

/* The bytes of a file and their number, with a zero byte after them, to be freed; NULL if it cannot be read, or has more
 * than `most` bytes. */
uint8_t *read_file(const char *path, size_t most, size_t *size);

/* Replaces a file: after a power cut the old one or the new one is there, whole. */
bool replace_file(const char *path, const uint8_t *bytes, size_t size);

#endif
