/* Wrong use is answered: NULL wherever a pointer goes, the wrong order, freeing twice. misuse KEYRING PACKAGE */
#include "pkg_verify.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(call, result) do { \
    pkg_result found = (call); \
    if (found != (result)) { printf("line %d: %s\n", __LINE__, pkg_result_name(found)); return 1; } \
} while (0)
#define IS(condition) do { if (!(condition)) { printf("line %d\n", __LINE__); return 1; } } while (0)

static int64_t failing(void *user, uint8_t *buffer, size_t size) { (void)user; (void)buffer; (void)size; return -5; }
static int64_t lying(void *user, uint8_t *buffer, size_t size) { (void)user; (void)buffer; return (int64_t)size + 1; }

/* What a transport does next. */
static struct { int32_t code; uint32_t status; const char *etag, *content_range; int64_t read; } next;
static int32_t ask(void *user, const pkg_request *request, pkg_response *response) {
    (void)user;
    if (strncmp(request->path, "products/acme/cam-x1/", 21) || response->status || response->etag) return -99;
    response->status = next.status;
    response->etag = next.etag;
    response->content_range = next.content_range;
    return next.code;
}
static int64_t body(void *user, uint8_t *buffer, size_t size) {
    (void)user;
    memset(buffer, 'x', size);
    return next.read > (int64_t)size ? (int64_t)size + 1 : next.read;
}

/* A repository, and everything that its callbacks and callers can get wrong. */
static int repositories(pkg_keyring *keyring, pkg_device *device, pkg_choices *choices, const pkg_verified *strange) {
    pkg_transport transport = { NULL, NULL, body, NULL };
    pkg_repository *repository = NULL;
    pkg_verified *package = NULL;
    uint8_t byte = 0;
    bool is_newer = false;
    size_t size = 0;
    EXPECT(pkg_repository_open("acme", device, false, &transport, keyring, NULL, 0, &repository, NULL), PKG_NULL_ARGUMENT);
    transport.ask = ask;
    EXPECT(pkg_repository_open("Not An Id", device, false, &transport, keyring, NULL, 0, &repository, NULL),
           PKG_INVALID_ARGUMENT);
    EXPECT(pkg_repository_open("acme", NULL, false, &transport, keyring, NULL, 0, &repository, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_open("acme", device, false, NULL, keyring, NULL, 0, &repository, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_open("acme", device, false, &transport, NULL, NULL, 0, &repository, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_open("acme", device, false, &transport, keyring, NULL, 1, &repository, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_open("acme", device, false, &transport, keyring, &byte, 1, &repository, NULL), PKG_OK);
    IS(pkg_repository_version(repository) == 0 && pkg_repository_overdue(repository, -1) == -1);
    IS(pkg_repository_version(NULL) == 0 && pkg_repository_overdue(NULL, 1) == -1);
    EXPECT(pkg_repository_look(repository, keyring, device, choices, -1, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_look(repository, NULL, device, choices, -1, &is_newer, NULL), PKG_NULL_ARGUMENT);
    next.code = -7;
    EXPECT(pkg_repository_look(repository, keyring, device, choices, -1, &is_newer, NULL), PKG_IO);
    next.code = 0;
    next.status = 404;
    EXPECT(pkg_repository_look(repository, keyring, device, choices, -1, &is_newer, NULL), PKG_MISSING);
    next.status = 70000;
    EXPECT(pkg_repository_look(repository, keyring, device, choices, -1, &is_newer, NULL), PKG_IO);
    next.status = 200;
    next.etag = next.content_range = "\xff";
    next.read = 0;
    EXPECT(pkg_repository_look(repository, keyring, device, choices, -1, &is_newer, NULL), PKG_CON_1);
    next.read = -1;
    EXPECT(pkg_repository_look(repository, keyring, device, choices, -1, &is_newer, NULL), PKG_IO);
    next.read = (int64_t)1 << 40;
    EXPECT(pkg_repository_look(repository, keyring, device, choices, -1, &is_newer, NULL), PKG_IO);
    IS(!is_newer);
    EXPECT(pkg_repository_next(repository, keyring, device, choices, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_next(repository, keyring, device, choices, &package, NULL), PKG_OK);
    IS(package == NULL);
    EXPECT(pkg_repository_package(repository, keyring, device, NULL, &package, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_package(repository, keyring, device, strange, &package, NULL), PKG_WRONG_ORDER);
    EXPECT(pkg_repository_delta(repository, keyring, device, strange, &package, NULL), PKG_MISSING);
    EXPECT(pkg_repository_keyring(repository, &byte, 1, &size, NULL), PKG_WRONG_ORDER);
    EXPECT(pkg_repository_record(repository, NULL, 1, &size, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_record(repository, &byte, 1, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_record(repository, &byte, 1, &size, NULL), PKG_TOO_SMALL);
    IS(size > 1);
    EXPECT(pkg_repository_rewind(NULL, true, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_elapse(NULL, 1, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_repository_elapse(repository, UINT64_MAX, NULL), PKG_OK);
    EXPECT(pkg_repository_elapse(repository, UINT64_MAX, NULL), PKG_OK);
    pkg_repository_free(&repository);
    pkg_repository_free(&repository);
    pkg_repository_free(NULL);
    return 0;
}

int main(int argc, char **argv) {
    pkg_keyring *keyring = NULL;
    pkg_device *device = NULL;
    pkg_choices *choices = NULL;
    pkg_package *package = NULL;
    pkg_verified *verified = NULL;
    pkg_decision *decision = NULL;
    pkg_store *store = NULL;
    pkg_records *records = NULL;
    pkg_device *read = NULL;
    pkg_choices *chosen = NULL;
    pkg_error *error = NULL;
    pkg_reader reader = { NULL, NULL, NULL };
    pkg_storage nothing = { NULL, 0, NULL, NULL, NULL };
    pkg_fit fit;
    const pkg_image *image;
    static uint8_t bytes[1 << 16];
    char *text = NULL, *digit;
    size_t size;
    FILE *file;
    if (argc != 3) return 2;
    file = fopen(argv[1], "rb");
    if (!file) return 2;
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);

    IS(pkg_version_number() == PKG_VERIFY_VERSION_NUMBER);
    IS(!strcmp(pkg_version_string(), PKG_VERIFY_VERSION_STRING));
    IS(pkg_result_name(4711) == NULL && !strcmp(pkg_result_name(PKG_SIG_2), "SIG-2"));
    EXPECT(pkg_keyring_open(NULL, 1, true, &keyring, &error), PKG_NULL_ARGUMENT);
    IS(error && pkg_error_result(error) == PKG_NULL_ARGUMENT && strstr(pkg_error_message(error), "bytes"));
    pkg_error_free(&error);
    IS(!error && !keyring);
    pkg_error_free(&error);
    EXPECT(pkg_keyring_open(bytes, (size_t)-1, true, &keyring, NULL), PKG_INVALID_ARGUMENT);
    EXPECT(pkg_keyring_open(NULL, 0, true, &keyring, NULL), PKG_CON_1);
    EXPECT(pkg_keyring_open(bytes, size, true, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_keyring_open(bytes, size, false, &keyring, NULL), PKG_KEY_2);
    EXPECT(pkg_keyring_open(bytes, size, true, &keyring, NULL), PKG_OK);
    EXPECT(pkg_keyring_update(NULL, bytes, size, NULL, NULL, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_keyring_update(keyring, bytes, size, NULL, NULL, NULL, NULL), PKG_OK);
    IS(pkg_keyring_version(NULL) == 0);

    EXPECT(pkg_device_new(NULL, "cam", &device, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_device_new("acme", "\xff", &device, NULL), PKG_INVALID_ARGUMENT);
    EXPECT(pkg_device_new("Not An Id", "cam", &device, NULL), PKG_INVALID_ARGUMENT);
    EXPECT(pkg_device_new("acme", "cam-x1", NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_device_new("acme", "cam-x1", &device, NULL), PKG_OK);
    EXPECT(pkg_device_add_hardware(NULL, "rev-b", NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_device_add_image(device, "product", "rootfs", bytes, NULL), PKG_WRONG_ORDER);
    EXPECT(pkg_device_set_installed(device, NULL, NULL, 1, 1, 1, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_device_set_policy(NULL, 0, 0, true, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_device_set_profile(device, "toaster", false, NULL), PKG_INVALID_ARGUMENT);
    EXPECT(pkg_device_fits(device, NULL, &fit, NULL), PKG_NULL_ARGUMENT);

    EXPECT(pkg_choices_new("not a language", &choices, NULL), PKG_INVALID_ARGUMENT);
    EXPECT(pkg_choices_new(NULL, &choices, NULL), PKG_OK);
    EXPECT(pkg_choices_set_approval(choices, "perhaps", NULL), PKG_INVALID_ARGUMENT);
    EXPECT(pkg_choices_approve(choices, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_choices_elapse(NULL, 1, NULL), PKG_NULL_ARGUMENT);

    EXPECT(pkg_package_open(NULL, &package, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_package_open(&reader, &package, NULL), PKG_NULL_ARGUMENT);
    reader.read = failing;
    EXPECT(pkg_package_open(&reader, &package, NULL), PKG_IO);
    reader.read = lying;
    EXPECT(pkg_package_open(&reader, &package, NULL), PKG_IO);
    EXPECT(pkg_package_open_file("/no/such/file", &package, NULL), PKG_IO);
    EXPECT(pkg_package_verify(NULL, keyring, device, &verified, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_package_verify(&package, keyring, device, &verified, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_package_open_file(argv[2], &package, NULL), PKG_OK);
    EXPECT(pkg_package_verify(&package, NULL, device, &verified, NULL), PKG_NULL_ARGUMENT);
    IS(package != NULL);
    EXPECT(pkg_package_verify(&package, keyring, NULL, &verified, NULL), PKG_OK);
    IS(package == NULL);
    EXPECT(pkg_verified_check(verified, NULL), PKG_WRONG_ORDER);
    pkg_verified_free(&verified);
    EXPECT(pkg_package_open_file(argv[2], &package, NULL), PKG_OK);
    EXPECT(pkg_package_verify_statements(NULL, keyring, device, &verified, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_package_verify_statements(&package, keyring, NULL, &verified, NULL), PKG_OK);
    IS(package == NULL);
    EXPECT(pkg_package_verify(&package, keyring, NULL, &verified, NULL), PKG_NULL_ARGUMENT);
    pkg_package_free(&package);

    image = pkg_verified_image(verified, 0);
    IS(image && !strcmp(image->component, "kernel") && image->size > 0 && image->stored_size > 0);
    IS(image->codec == PKG_CODEC_ZSTD && image->base_size == 0 && image->base_sha256[0] == 0);
    IS(pkg_verified_image(verified, 1) && !pkg_verified_image(verified, 2) && !pkg_verified_image(NULL, 0));
    IS(pkg_verified_version(NULL) == NULL && pkg_verified_fix(verified, 4711) == NULL);
    IS(!pkg_verified_is_security(NULL) && pkg_verified_decode_memory(NULL) == 0);
    EXPECT(pkg_verified_title(verified, "fr", &text, NULL), PKG_OK);
    IS(*text);
    pkg_text_free(&text);
    pkg_text_free(&text);
    pkg_text_free(NULL);
    EXPECT(pkg_device_installed(device, verified, NULL), PKG_WRONG_ORDER);
    EXPECT(pkg_choices_installed(choices, verified, NULL), PKG_WRONG_ORDER);
    EXPECT(pkg_decide(device, choices, NULL, 1, -1, &decision, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_decide(device, choices, NULL, 0, -1, &decision, NULL), PKG_OK);
    IS(pkg_decision_package(decision) == -1 && !strcmp(pkg_decision_reason(decision), "nothing-offered"));
    EXPECT(pkg_records_open((const uint8_t *)"{}\n", 3, &records, &error), PKG_POL_4);
    pkg_error_free(&error);
    IS(!records);
    EXPECT(pkg_records_open(NULL, 0, &records, NULL), PKG_OK);
    EXPECT(pkg_records_line(records, NULL, 0, -1, NULL, NULL, NULL, &text, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_records_line(records, NULL, 1, -1, decision, NULL, NULL, &text, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_records_line(records, NULL, 0, -1, decision, "\xff", NULL, &text, NULL), PKG_INVALID_ARGUMENT);
    IS(!text);
    EXPECT(pkg_records_line(records, NULL, 0, -1, decision, "opt-out", NULL, &text, NULL), PKG_OK);
    IS(!strncmp(text, "{\"sequence\":1,", 14) && strstr(text, "{\"choice\":\"opt-out\"}"));
    pkg_records_free(&records);
    EXPECT(pkg_records_open((const uint8_t *)text, strlen(text), &records, NULL), PKG_OK);
    pkg_records_free(&records);
    *strchr(text, 'o') = 'O';
    EXPECT(pkg_records_open((const uint8_t *)text, strlen(text) - 1, &records, NULL), PKG_POL_4);
    pkg_text_free(&text);
    pkg_records_free(&records);
    EXPECT(pkg_state_to_text(device, choices, NULL, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_state_to_text(device, NULL, NULL, &text, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_state_to_text(device, choices, keyring, &text, NULL), PKG_OK);
    EXPECT(pkg_state_from_text(text, keyring, &read, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_state_from_text(NULL, keyring, &read, &chosen, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_state_from_text("[product", keyring, &read, &chosen, &error), PKG_STATE);
    IS(error && strstr(pkg_error_message(error), "byte ") && !read && !chosen);
    pkg_error_free(&error);
    EXPECT(pkg_state_from_text(text, keyring, &read, &chosen, NULL), PKG_OK);
    pkg_device_free(&read);
    pkg_choices_free(&chosen);
    /* The same version of the keyring, and another digest. */
    digit = strstr(text, "digest = \"") + 10;
    *digit = *digit == '0' ? '1' : '0';
    EXPECT(pkg_state_from_text(text, keyring, &read, &chosen, NULL), PKG_KEY_10);
    EXPECT(pkg_state_from_text(text, NULL, &read, &chosen, NULL), PKG_OK);
    pkg_device_free(&read);
    pkg_choices_free(&chosen);
    pkg_text_free(&text);
    pkg_decision_free(&decision);
    pkg_decision_free(&decision);
    IS(pkg_decision_verdict(decision) == PKG_VERDICT_NOTHING && pkg_decision_title(NULL) == NULL);
    if (repositories(keyring, device, choices, verified)) return 1;
    EXPECT(pkg_install(verified, NULL, 1, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_install_to_file(verified, "rootfs", NULL, NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_verified_check(verified, NULL), PKG_OK);
    EXPECT(pkg_verified_check(verified, NULL), PKG_WRONG_ORDER);
    EXPECT(pkg_install_to_file(verified, "rootfs", "never", NULL, NULL), PKG_WRONG_ORDER);
    EXPECT(pkg_device_installed(device, verified, NULL), PKG_WRONG_ORDER);

    EXPECT(pkg_store_open(NULL, 0, &store, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_store_open(&nothing, 0, &store, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_store_check(NULL, NULL), PKG_NULL_ARGUMENT);
    EXPECT(pkg_store_current(NULL, bytes, 1, &size, NULL), PKG_NULL_ARGUMENT);
    pkg_store_free(&store);
    pkg_store_free(NULL);
    pkg_verified_free(&verified);
    pkg_verified_free(&verified);
    pkg_choices_free(&choices);
    pkg_device_free(&device);
    pkg_keyring_free(&keyring);
    return 0;
}
