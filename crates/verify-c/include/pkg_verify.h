/*
 * Verify, decide on and install firmware update packages, from files or from a repository.
 *
 * Generated from crates/verify-c by `UPDATE_HEADER=1 cargo test -p pkg-verify-c header`: do not edit.
 *
 * In this order: Objects, Version, Results and errors, Open, Verify, Decide, Install, Follow a repository,
 * Remember, and the Numbers of the results.
 *
 * Results
 *  - A function that can fail returns a `pkg_result`. 0 is PKG_OK. A number below 9000 is the number of the
 *    rule that refused (format-spec/SPEC.md lists the rules). A number from 9000 on is about the call itself.
 *  - Outputs are written only on success, except where a function says otherwise.
 *  - The last argument, `error`, may be NULL. Otherwise a call that fails writes an error object to it, with
 *    a message for people; free it with `pkg_error_free` before you pass the variable again. A call that
 *    succeeds does not touch it.
 *
 * Ownership
 *  - A function that writes an object to `pkg_x **out` makes that object yours. Free it with `pkg_x_free`,
 *    which takes the address of your pointer and sets the pointer to NULL, so that freeing the same variable
 *    twice is harmless.
 *  - Text that you pass is UTF-8 and ends with a zero byte. Text, bytes and digests are copied: they may
 *    change as soon as the call returns. A digest has 32 bytes.
 *  - A `const char *` that a function returns belongs to the object in its first argument and lives as long
 *    as that object. Text that is written to `char **out` is yours: free it with `pkg_text_free`.
 *
 * NULL
 *  - The `_free` functions accept NULL, and a pointer that is NULL. A function that returns something other
 *    than a `pkg_result` says what it returns for NULL. Every other NULL is answered with PKG_NULL_ARGUMENT,
 *    except where a function says that it may be NULL.
 *
 * Threads
 *  - An object is used by one thread at a time, whichever that is. Different objects may be used by different
 *    threads at once. A `const` argument is read only: several threads may share it as long as none of them
 *    changes or frees it.
 *  - Callbacks are called by the thread that made the call, before the call returns. They must not use the
 *    objects of that call, and must not unwind (no C++ exception, no longjmp).
 *  - A bug in the library does not unwind into your program: the call returns PKG_PANIC.
 *
 * Payload
 *  - No function hands out the payload of a package. Its bytes reach storage through `pkg_install` and
 *    `pkg_install_to_file` alone, which check every chunk before they decode it.
 *
 * Binary interface
 *  - The SONAME is libpkg_verify_c.so.MAJOR. While it stays the same, a program that was compiled with an older
 *    header runs with a newer library: no function goes away or changes its arguments, no number changes its
 *    meaning, and no structure that you fill changes.
 *  - What may be added meanwhile: functions, result numbers, values of `pkg_verdict`, `pkg_fit` and
 *    `pkg_codec`, and members at the end of structures that only the library makes (`pkg_image`).
 *  - Only symbols that begin with pkg_ are exported.
 */

#ifndef PKG_VERIFY_H
#define PKG_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif


/* Objects -----------------------------------------------------------------------------------------------
 *
 * Each is written to `out` by the function that makes it, and freed by its `_free`.
 */

/**
 * What went wrong in one call.
 */
typedef struct pkg_error pkg_error;

/**
 * The keys that the device trusts, in force at one version of a keyring.
 */
typedef struct pkg_keyring pkg_keyring;

/**
 * A package that is not verified: it can be verified and freed, and nothing else.
 */
typedef struct pkg_package pkg_package;

/**
 * A package whose statements are verified. Its payload goes to storage through `pkg_install` and
 * `pkg_install_to_file`, and nowhere else.
 */
typedef struct pkg_verified pkg_verified;

/**
 * A device: its product, the release that runs in each scope, its policy and its profile.
 */
typedef struct pkg_device pkg_device;

/**
 * What the user chose and was told, and what the device heard of withdrawn releases: everything that is
 * remembered from one decision to the next.
 */
typedef struct pkg_choices pkg_choices;

/**
 * What to do now, and why.
 */
typedef struct pkg_decision pkg_decision;

/**
 * The end of a file of records, which is the evidence that a user was told and could choose. The file is
 * yours.
 */
typedef struct pkg_records pkg_records;

/**
 * A repository that a device follows: what its newest head lists, and what was seen of it.
 */
typedef struct pkg_repository pkg_repository;

/**
 * The state of a device in storage of 256 KiB, stored twice. What the bytes of the state mean is up to you.
 */
typedef struct pkg_store pkg_store;


/* Version -----------------------------------------------------------------------------------------------
 *
 * That of this header, and that of the library that the program runs with.
 */

#define PKG_VERIFY_VERSION_MAJOR 0
#define PKG_VERIFY_VERSION_MINOR 1
#define PKG_VERIFY_VERSION_PATCH 0
#define PKG_VERIFY_VERSION_STRING "0.1.0"
#define PKG_VERIFY_VERSION_NUMBER \
    (PKG_VERIFY_VERSION_MAJOR * 10000 + PKG_VERIFY_VERSION_MINOR * 100 + PKG_VERIFY_VERSION_PATCH)

/**
 * The version of the library that the program runs with: major * 10000 + minor * 100 + patch. The header
 * that it was compiled with has PKG_VERIFY_VERSION_NUMBER.
 */
uint32_t pkg_version_number(void);

/**
 * The same version as text, such as "0.1.0". It is never freed.
 */
const char *pkg_version_string(void);


/* Results and errors ------------------------------------------------------------------------------------
 *
 * What a call returns, and what it says about a failure.
 */

/**
 * The result of a call: PKG_OK, or why it failed. The end of this header lists the numbers. A newer library
 * may return numbers that are not in this header: treat them as failures.
 */
typedef uint32_t pkg_result;

/**
 * The name of `result` as people see it: the id of a rule, such as "SIG-2", or a name such as "IO". NULL if
 * this library has no such result. The text is never freed.
 */
const char *pkg_result_name(pkg_result result);

/**
 * What is wrong when a call returns `result`, in a few English words. NULL if this library has no such
 * result. The text is never freed.
 */
const char *pkg_result_title(pkg_result result);

/**
 * What to do about `result`, in English. NULL if this library has no such result. The text is never freed.
 */
const char *pkg_result_fix(pkg_result result);

/**
 * What was refused or what failed, and why, in English; NULL if `error` is NULL. It does not repeat the name
 * of the result: that is `pkg_result_name`. The text belongs to `error`.
 */
const char *pkg_error_message(const pkg_error *error);

/**
 * The result that the failed call returned; PKG_NULL_ARGUMENT if `error` is NULL.
 */
pkg_result pkg_error_result(const pkg_error *error);

/**
 * Frees an error.
 */
void pkg_error_free(pkg_error **error);


/* Open --------------------------------------------------------------------------------------------------
 *
 * A keyring from a trusted place, and a package from anywhere.
 */

/**
 * Opens the keyring file of `size` bytes at `bytes`. Its signatures do not prove that it is the right
 * keyring: the bytes must come from a place that the device trusts. The example keys of this project are
 * public: `danger_accept_example_keys` is for tests, and false on a device. Writes the keyring to `out`;
 * free it with `pkg_keyring_free`.
 */
pkg_result pkg_keyring_open(const uint8_t *bytes,
                            size_t size,
                            bool danger_accept_example_keys,
                            pkg_keyring **out,
                            pkg_error **error);

/**
 * Updates `keyring` to the newest version in the keyring file of `size` bytes at `bytes`, if an unbroken
 * chain of versions leads there from the one in force.
 *
 * `versions` may be NULL. Otherwise it receives by how many versions the keyring rose. If that is above 0,
 * store the new file in place of the old one, and store the state too: the update notes in `device` what new
 * revocations mean for the installed releases, and in `choices` what they mean for what was shown and
 * withdrawn. Both may be NULL if there are none yet.
 */
pkg_result pkg_keyring_update(pkg_keyring *keyring,
                              const uint8_t *bytes,
                              size_t size,
                              pkg_device *device,
                              pkg_choices *choices,
                              uint64_t *versions,
                              pkg_error **error);

/**
 * The version of `keyring`; 0 if it is NULL.
 */
uint64_t pkg_keyring_version(const pkg_keyring *keyring);

/**
 * Frees a keyring.
 */
void pkg_keyring_free(pkg_keyring **keyring);

/**
 * Where a package is read from, from its first byte to its last: a download, a pipe, flash. Initialise the whole
 * structure with zeros before you fill it.
 */
typedef struct {
    /**
     * Passed to the callbacks; may be NULL.
     */
    void *user;
    /**
     * Reads up to `size` bytes into `buffer`. Returns how many bytes it read, 0 at the end of the package,
     * and a negative number when it fails. It may return fewer bytes than it was asked for.
     */
    int64_t (*read)(void *user, uint8_t *buffer, size_t size);
    /**
     * Makes the next `read` start at byte `at` of the package, counted from the first byte, which is 0. It
     * is only called to go forward: an install that resumes skips what it has already written, so that a
     * download need not fetch it again. Returns 0, or anything else when it fails; it must fail when it cannot
     * go there, for example when a server answers a range request with the whole file (HTTP 200, not 206). May
     * be NULL: then those bytes are read.
     */
    int32_t (*seek)(void *user, uint64_t at);
} pkg_reader;

/**
 * Opens a package that `reader` reads: reads its signed statements, at most a few MiB, and checks their
 * form, but no signature. `reader` is copied; what its `user` points to is used until the package, or the
 * `pkg_verified` made from it, is freed. Writes the package to `out`; free it with `pkg_package_free`.
 */
pkg_result pkg_package_open(const pkg_reader *reader, pkg_package **out, pkg_error **error);

/**
 * Opens a package that is a file, like `pkg_package_open`. The file at `path` stays open until the package,
 * or the `pkg_verified` made from it, is freed. Writes the package to `out`; free it with
 * `pkg_package_free`.
 */
pkg_result pkg_package_open_file(const char *path, pkg_package **out, pkg_error **error);

/**
 * Frees a package.
 */
void pkg_package_free(pkg_package **package);


/* Verify ------------------------------------------------------------------------------------------------
 *
 * Verify the whole package for a verdict, or its statements only to decide about it and install it. Nothing
 * can be asked of a package before that.
 */

/**
 * Verifies the whole of `package` as `pkg verify` does: signatures by `keyring`, the statements, the policy
 * of `device`, and every byte to the end of the package. `device` may be NULL: then the default policy
 * applies.
 *
 * Consumes the package, even on failure: `*package` becomes NULL. Writes the verified package to `out`;
 * free it with `pkg_verified_free`. You can ask it for its contents and decide about it. To install it, open
 * the package again and use `pkg_package_verify_statements`: an install checks every chunk itself before it
 * uses it.
 */
pkg_result pkg_package_verify(pkg_package **package,
                              const pkg_keyring *keyring,
                              const pkg_device *device,
                              pkg_verified **out,
                              pkg_error **error);

/**
 * Verifies the statements of `package` only: signatures by `keyring`, what is signed, and the policy of
 * `device`. The payload is not read: it may be truncated or changed. `pkg_install` checks each chunk of it
 * before decoding; `pkg_verified_check` reads and checks it all without installing. `device` may be NULL:
 * then the default policy applies.
 *
 * Consumes the package, even on failure: `*package` becomes NULL. Writes the verified package to `out`;
 * free it with `pkg_verified_free`.
 */
pkg_result pkg_package_verify_statements(pkg_package **package,
                                         const pkg_keyring *keyring,
                                         const pkg_device *device,
                                         pkg_verified **out,
                                         pkg_error **error);

/**
 * How an image is stored in a package.
 */
typedef enum {
    /**
     * As it is.
     */
    PKG_CODEC_RAW = 1,
    /**
     * Compressed with Zstandard.
     */
    PKG_CODEC_ZSTD = 2,
    /**
     * As the difference to a base image.
     */
    PKG_CODEC_DELTA = 3,
} pkg_codec;

/**
 * An image that a package delivers. A newer library may add members at the end.
 */
typedef struct {
    /**
     * The component of the product that it is for, such as "rootfs"; what `pkg_target` names.
     */
    const char *component;
    /**
     * The size of the image in bytes.
     */
    uint64_t size;
    /**
     * The SHA-256 of the image.
     */
    uint8_t sha256[32];
    /**
     * The size of its payload in the package, in bytes.
     */
    uint64_t stored_size;
    /**
     * How the payload is stored.
     */
    pkg_codec codec;
    /**
     * The size in bytes of the base that a delta needs; 0 for an image that needs no base.
     */
    uint64_t base_size;
    /**
     * The SHA-256 of that base; zeros for an image that needs no base.
     */
    uint8_t base_sha256[32];
} pkg_image;

/**
 * Reads the payload of `package` to its end and checks it, without installing: what
 * `pkg_package_verify_statements` left out. The payload is used up, also when it fails: to install, open the
 * package again. PKG_WRONG_ORDER if it was used up before.
 */
pkg_result pkg_verified_check(pkg_verified *package, pkg_error **error);

/**
 * The product that `package` is for: vendor and name, as in "acme cam-x1". NULL if `package` is NULL. The
 * text belongs to `package`.
 */
const char *pkg_verified_product(const pkg_verified *package);

/**
 * The version of the release in `package`; "" for a notice or a withdrawal, NULL if `package` is NULL. The
 * text belongs to `package`.
 */
const char *pkg_verified_version(const pkg_verified *package);

/**
 * Whether `package` is a security update; false for feature updates, notices, withdrawals and NULL.
 */
bool pkg_verified_is_security(const pkg_verified *package);

/**
 * The id of the vulnerability that fix number `index` of `package` closes, counted from 0; NULL after the
 * last one. The text belongs to `package`.
 */
const char *pkg_verified_fix(const pkg_verified *package, size_t index);

/**
 * Image number `index` that `package` delivers, counted from 0; NULL after the last one, and for notices and
 * withdrawals. The image belongs to `package`.
 */
const pkg_image *pkg_verified_image(const pkg_verified *package, size_t index);

/**
 * The memory that decoding the images of `package` needs at most, in bytes, as it is signed; 0 for notices
 * and withdrawals.
 */
uint64_t pkg_verified_decode_memory(const pkg_verified *package);

/**
 * Writes the SHA-256 of the manifest of `package`, 32 bytes, to `sha256`. It identifies the release:
 * approvals and stored states name it.
 */
pkg_result pkg_verified_manifest_digest(const pkg_verified *package, uint8_t *sha256, pkg_error **error);

/**
 * Writes to `out` the title of the advisory in `package`, in the language that fits `language` best; "" if
 * there is no advisory. `language` is a tag such as "de-AT", or NULL for no preference. Free the text with
 * `pkg_text_free`.
 */
pkg_result pkg_verified_title(const pkg_verified *package,
                              const char *language,
                              char **out,
                              pkg_error **error);

/**
 * Frees a text that a function wrote to its `out`.
 */
void pkg_text_free(char **text);

/**
 * Frees a verified package.
 */
void pkg_verified_free(pkg_verified **package);


/* Decide ------------------------------------------------------------------------------------------------
 *
 * What the device is, what its user chose, and what follows from both for the packages that are on offer.
 */

/**
 * How a package fits a device.
 */
typedef enum {
    /**
     * It is an update: it leads from what is installed to something newer.
     */
    PKG_FIT_STEP = 1,
    /**
     * It is installed already.
     */
    PKG_FIT_INSTALLED = 2,
    /**
     * It is a notice or a withdrawal for this product: it has no images.
     */
    PKG_FIT_INFORMATIONAL = 3,
} pkg_fit;

/**
 * Makes a device of the product `name` by `vendor`. It has no hardware id and no scope yet, the default
 * policy (decoding may take 64 MiB, a counter may rise by 65536 in one step, releases for testing are
 * accepted) and the profile "consumer". Writes the device to `out`; free it with `pkg_device_free`.
 */
pkg_result pkg_device_new(const char *vendor, const char *name, pkg_device **out, pkg_error **error);

/**
 * Adds a `hardware` id that `device` answers to.
 */
pkg_result pkg_device_add_hardware(pkg_device *device, const char *hardware, pkg_error **error);

/**
 * Declares that `component` belongs to `scope` of `device`. The scope is empty until
 * `pkg_device_set_installed` says what runs in it. Only declared scopes and components are updated (VER-11,
 * VER-12). Declare an empty scope at the factory only: a scope whose state was lost is not empty, and
 * declaring it so would let an old release in.
 */
pkg_result pkg_device_declare(pkg_device *device,
                              const char *scope,
                              const char *component,
                              pkg_error **error);

/**
 * Sets which release runs in `scope` of `device`, in place of what was set before, and declares the scope if
 * it is not declared. The release has this `line`, `sequence`, `feature_level` and `security_level`.
 * `manifest` is the SHA-256 of its manifest, 32 bytes, or NULL if that is not known. The components of the
 * scope are those that `pkg_device_declare` and `pkg_device_add_image` name.
 */
pkg_result pkg_device_set_installed(pkg_device *device,
                                    const char *scope,
                                    const char *line,
                                    uint64_t sequence,
                                    uint64_t feature_level,
                                    uint64_t security_level,
                                    const uint8_t *manifest,
                                    pkg_error **error);

/**
 * Adds an image to the release that runs in `scope` of `device`: its `component` and its `sha256`, 32 bytes.
 * PKG_WRONG_ORDER if `pkg_device_set_installed` was not called for the scope.
 */
pkg_result pkg_device_add_image(pkg_device *device,
                                const char *scope,
                                const char *component,
                                const uint8_t *sha256,
                                pkg_error **error);

/**
 * Sets the policy of `device`: how many bytes of memory decoding may take (`decode_memory`), by how much a
 * counter may rise in one step (`jump`), and whether releases for testing are accepted (`accept_testing`). 0
 * means the default number.
 */
pkg_result pkg_device_set_policy(pkg_device *device,
                                 uint64_t decode_memory,
                                 uint64_t jump,
                                 bool accept_testing,
                                 pkg_error **error);

/**
 * Sets the `profile` of `device`: "consumer", "component", "professional-network" or "industrial". `busy`
 * says whether the device is doing something now that must not be interrupted.
 */
pkg_result pkg_device_set_profile(pkg_device *device, const char *profile, bool busy, pkg_error **error);

/**
 * Checks whether `package` fits `device`: its product, its hardware, rollback, and the releases that it
 * applies to. Writes how it fits to `fit`. If it does not fit, the result is the rule that it breaks, such
 * as PKG_VER_1.
 */
pkg_result pkg_device_fits(const pkg_device *device,
                           const pkg_verified *package,
                           pkg_fit *fit,
                           pkg_error **error);

/**
 * Tells `device` that `package` was verified. If it is the release that runs, now signed by keys that are
 * not revoked, the device no longer looks for a way away from it. Call it for every package that was
 * verified.
 */
pkg_result pkg_device_seen(pkg_device *device, const pkg_verified *package, pkg_error **error);

/**
 * `package` was installed and has started successfully: `device` runs it now. PKG_WRONG_ORDER if neither
 * `pkg_install` nor `pkg_install_to_file` finished it; PKG_VER_11 or PKG_VER_12 if the device does not
 * declare its scope or components.
 */
pkg_result pkg_device_installed(pkg_device *device, const pkg_verified *package, pkg_error **error);

/**
 * Frees a device.
 */
void pkg_device_free(pkg_device **device);

/**
 * Makes the choices of a user who has not chosen anything. `language` is the tag of the language that
 * notices are shown in, such as "de-AT", or NULL for no preference. Writes them to `out`; free them with
 * `pkg_choices_free`.
 */
pkg_result pkg_choices_new(const char *language, pkg_choices **out, pkg_error **error);

/**
 * Sets in `choices` whether security updates (`security`) and feature updates (`feature`) install
 * themselves. `security` = false is the user's opt-out. Until this is called, the profile of the device
 * decides about security updates, and feature updates do not install themselves.
 */
pkg_result pkg_choices_set_automatic(pkg_choices *choices, bool security, bool feature, pkg_error **error);

/**
 * Sets in `choices` what the user wants to approve first: "none", "install" or "download-and-install"
 * (`approval`).
 */
pkg_result pkg_choices_set_approval(pkg_choices *choices, const char *approval, pkg_error **error);

/**
 * Tells `choices` that `seconds` have passed on a monotonic clock since this was last called. Waiting times
 * and deadlines count these seconds, so that setting the clock of the device does not change them.
 */
pkg_result pkg_choices_elapse(pkg_choices *choices, uint64_t seconds, pkg_error **error);

/**
 * Writes to `is_new` whether the answer with this `id` is new, and records the id in `choices`. A client
 * that may receive an answer twice gives each answer an id: a name of 1 to 64 letters, digits, '.', '_' or
 * '-'. It asks here first, and applies only new answers. The last 32 ids are remembered, and are part of
 * `pkg_state_to_text`.
 */
pkg_result pkg_choices_is_new_answer(pkg_choices *choices, const char *id, bool *is_new, pkg_error **error);

/**
 * Records in `choices` what `package` says about other releases, such as which are withdrawn. Call it for
 * every package that was verified, whether it is shown or not.
 */
pkg_result pkg_choices_heard(pkg_choices *choices, const pkg_verified *package, pkg_error **error);

/**
 * Records in `choices` that the notice of `package` was shown to the user. `now` is the time in Unix seconds
 * from a trusted clock; negative if there is none.
 */
pkg_result pkg_choices_notified(pkg_choices *choices,
                                const pkg_verified *package,
                                int64_t now,
                                pkg_error **error);

/**
 * Records in `choices` that the user approved downloading `package`.
 */
pkg_result pkg_choices_approve_download(pkg_choices *choices, const pkg_verified *package, pkg_error **error);

/**
 * Records in `choices` that the user approved installing `package`.
 */
pkg_result pkg_choices_approve(pkg_choices *choices, const pkg_verified *package, pkg_error **error);

/**
 * Records in `choices` that the user declined `package`.
 */
pkg_result pkg_choices_decline(pkg_choices *choices, const pkg_verified *package, pkg_error **error);

/**
 * Records in `choices` that the user postponed `package`. PKG_CANNOT_POSTPONE if it was postponed as often
 * as is allowed. `now` is the time in Unix seconds from a trusted clock; negative if there is none.
 */
pkg_result pkg_choices_postpone(pkg_choices *choices,
                                const pkg_verified *package,
                                int64_t now,
                                pkg_error **error);

/**
 * Records in `choices` that `package` was installed and has started successfully. PKG_WRONG_ORDER if neither
 * `pkg_install` nor `pkg_install_to_file` finished it.
 */
pkg_result pkg_choices_installed(pkg_choices *choices, const pkg_verified *package, pkg_error **error);

/**
 * Frees choices.
 */
void pkg_choices_free(pkg_choices **choices);

/**
 * What to do now. A newer library may return other values: treat them as PKG_VERDICT_WAIT.
 */
typedef enum {
    /**
     * Install the package. If `pkg_decision_seconds_left` gives a time, by then at the latest.
     */
    PKG_VERDICT_INSTALL = 1,
    /**
     * Show the notice of the package, then call `pkg_choices_notified`.
     */
    PKG_VERDICT_NOTIFY = 2,
    /**
     * Ask the user whether the package may be downloaded.
     */
    PKG_VERDICT_ASK_DOWNLOAD = 3,
    /**
     * Ask the user whether the package may be installed.
     */
    PKG_VERDICT_ASK_APPROVAL = 4,
    /**
     * Decide again later: `pkg_decision_seconds_left` says when.
     */
    PKG_VERDICT_WAIT = 5,
    /**
     * None of the packages may be used on this device.
     */
    PKG_VERDICT_REFUSE = 6,
    /**
     * Show the text of the package, then call `pkg_choices_notified`; there is nothing to install.
     */
    PKG_VERDICT_ADVISE = 7,
    /**
     * There is nothing to do.
     */
    PKG_VERDICT_NOTHING = 8,
} pkg_verdict;

/**
 * Decides what to do now, given `count` verified `packages`, the `device` and the `choices` of its user. It
 * changes nothing and talks to nobody: do what it says, tell `choices` the outcome, and decide again.
 * `packages` may be NULL if `count` is 0. `now` is the time in Unix seconds from a trusted clock; negative
 * if there is none. Writes the decision to `out`; free it with `pkg_decision_free`. It does not refer to the
 * packages: they may be freed before it.
 */
pkg_result pkg_decide(const pkg_device *device,
                      const pkg_choices *choices,
                      const pkg_verified *const *packages,
                      size_t count,
                      int64_t now,
                      pkg_decision **out,
                      pkg_error **error);

/**
 * What to do now; PKG_VERDICT_NOTHING if `decision` is NULL.
 */
pkg_verdict pkg_decision_verdict(const pkg_decision *decision);

/**
 * The index of the package that `decision` is about, in the `packages` that were given to `pkg_decide`;
 * negative if it is about none.
 */
int64_t pkg_decision_package(const pkg_decision *decision);

/**
 * The seconds until the wait of `decision` ends, or until the installation must be done; negative if there
 * is no such time.
 */
int64_t pkg_decision_seconds_left(const pkg_decision *decision);

/**
 * Why, as one of the words of SPEC 9.3, such as "opted-out"; NULL if `decision` is NULL. The text belongs to
 * `decision`.
 */
const char *pkg_decision_reason(const pkg_decision *decision);

/**
 * What the maker does about the installed release if it was withdrawn: "withdraw" (it is no longer offered),
 * "recall" or "stop-use", the strictest of the withdrawals in `packages` and of those that `choices` remembers;
 * "" if it was not withdrawn, NULL if `decision` is NULL. Every decision says so, also one about another package:
 * show it to the user. The text belongs to `decision`.
 */
const char *pkg_decision_corrective(const pkg_decision *decision);

/**
 * The first line of the notice, in the language of the user; "" if `decision` has no notice, NULL if
 * `decision` is NULL. The text belongs to `decision`.
 */
const char *pkg_decision_title(const pkg_decision *decision);

/**
 * What the notice says; "" if `decision` has no notice, NULL if `decision` is NULL. The text belongs to
 * `decision`.
 */
const char *pkg_decision_text(const pkg_decision *decision);

/**
 * What the notice asks the user to do; "" for nothing, NULL if `decision` is NULL. The text belongs to
 * `decision`.
 */
const char *pkg_decision_action(const pkg_decision *decision);

/**
 * Frees a decision.
 */
void pkg_decision_free(pkg_decision **decision);

/**
 * Checks the `size` bytes of records at `bytes`, whole lines or nothing, and continues after the last one.
 * PKG_POL_4 if a line is changed, missing or torn. Writes the records to `out`; free them with
 * `pkg_records_free`.
 */
pkg_result pkg_records_open(const uint8_t *bytes, size_t size, pkg_records **out, pkg_error **error);

/**
 * Makes the next line of `records`, with its line feed, and writes it to `out`; free it with
 * `pkg_text_free`. Append it to the file before you act on the decision. If you cannot append it, open the
 * records again: the chain continues after it.
 *
 * `packages`, `count` and `now` are what was given to `pkg_decide`, and `decision` is what it decided.
 * `choice` is what the user chose just before, such as "approve", and `chosen` is the package that the
 * choice is about. Both may be NULL.
 */
pkg_result pkg_records_line(pkg_records *records,
                            const pkg_verified *const *packages,
                            size_t count,
                            int64_t now,
                            const pkg_decision *decision,
                            const char *choice,
                            const pkg_verified *chosen,
                            char **out,
                            pkg_error **error);

/**
 * Frees records; the file stays.
 */
void pkg_records_free(pkg_records **records);


/* Install -----------------------------------------------------------------------------------------------
 *
 * From a verified package to images in storage.
 */

/**
 * Storage that the library writes to: a slot, a partition, flash behind a driver. The callbacks return 0
 * when they succeed and anything else when they fail.
 */
typedef struct {
    /**
     * Passed to the callbacks; may be NULL.
     */
    void *user;
    /**
     * The number of bytes that it holds at most.
     */
    uint64_t capacity;
    /**
     * Fills `buffer` with the `size` bytes at offset `at`, also where nothing was ever written. May be NULL
     * in the storage of an image, if that cannot be read back: then the image must not be used before
     * `pkg_install` has returned PKG_OK, and an interrupted install starts again from its first byte.
     */
    int32_t (*read_at)(void *user, uint64_t at, uint8_t *buffer, size_t size);
    /**
     * Writes the `size` bytes at `bytes` to offset `at`.
     */
    int32_t (*write_at)(void *user, uint64_t at, const uint8_t *bytes, size_t size);
    /**
     * Returns once everything that was written survives a power cut: `fdatasync`, not `fflush`.
     */
    int32_t (*sync)(void *user);
} pkg_storage;

/**
 * The image that a delta starts from.
 */
typedef struct {
    /**
     * Passed to the callback; may be NULL.
     */
    void *user;
    /**
     * The size of the image in bytes.
     */
    uint64_t size;
    /**
     * Fills `buffer` with the `size` bytes at offset `at`. Returns 0, or anything else when it fails.
     */
    int32_t (*read_at)(void *user, uint64_t at, uint8_t *buffer, size_t size);
} pkg_base;

/**
 * Where one image goes.
 */
typedef struct {
    /**
     * The component whose image is wanted.
     */
    const char *component;
    /**
     * What messages call the storage. A journal resumes only an install to targets with the same names.
     */
    const char *name;
    /**
     * Where the image is written: not the storage of what runs now.
     */
    const pkg_storage *storage;
    /**
     * The base of a delta; NULL if no base is needed.
     */
    const pkg_base *base;
} pkg_target;

/**
 * Installs `package`: writes its images to the `count` `targets`, one for each image that is wanted. PKG_OK
 * means that every byte that was read of the package matched, every image was read back and is the signed
 * one, and all of it survives a power cut. Every base is read whole and compared before the first byte is
 * written.
 *
 * `journal` may be NULL. With a journal, storage of at least 8 KiB, an install that was interrupted resumes:
 * open the package again and call this again with the same targets and journal. A reader with `seek` is not
 * asked again for what is already written.
 *
 * `pkg_device_installed` records the whole release: give a target for every image of it that the device has.
 *
 * Uses the payload of the package up, also when it fails; the `pkg_verified` still has to be freed. After a
 * failure the images in the targets must not be used. The storages, bases and journal are used during the
 * call only.
 */
pkg_result pkg_install(pkg_verified *package,
                       const pkg_target *targets,
                       size_t count,
                       const pkg_storage *journal,
                       pkg_error **error);

/**
 * Installs the image of `component` from `package` to the file or block device at `path`, like
 * `pkg_install`. An image that is to be a file is written beside it first and renamed at the end, with a
 * journal beside it. `base` is the path of the file or block device that a delta starts from; NULL if no
 * base is needed.
 */
pkg_result pkg_install_to_file(pkg_verified *package,
                               const char *component,
                               const char *path,
                               const char *base,
                               pkg_error **error);


/* Follow a repository -----------------------------------------------------------------------------------
 *
 * From the network into the installer. The library opens no connection: a transport of yours asks for the
 * file, or the part of one, that the library names, and hands over the answer as it comes. A library that
 * was built without the feature `repository` lacks these functions.
 */

/**
 * A request for a file of a repository, or for a part of one.
 */
typedef struct {
    /**
     * The path below the address of the repository, such as "products/acme/cam/stable/head".
     */
    const char *path;
    /**
     * What to send as If-None-Match; NULL if the whole file is wanted in any case.
     */
    const char *etag;
    /**
     * Whether only a part is wanted: then send `Range: bytes=FIRST-LAST`, or `bytes=FIRST-` if `length` is 0.
     */
    bool is_part;
    /**
     * Of a part: the place of its first byte.
     */
    uint64_t first;
    /**
     * Of a part: how many bytes are wanted; 0 for all up to the end.
     */
    uint64_t length;
} pkg_request;

/**
 * The answer of a server. The library sets everything to 0 before it asks.
 */
typedef struct {
    /**
     * The status of HTTP: 200, 206, 304, 404 and so on. A folder answers with 200 or 404.
     */
    uint32_t status;
    /**
     * The header ETag, as it came; NULL without one. It must last until the next callback.
     */
    const char *etag;
    /**
     * The header Content-Range, such as "bytes 512-1023/9000", as it came; NULL without one. It must last as long as
     * `etag`.
     */
    const char *content_range;
} pkg_response;

/**
 * Asks a server, a folder or a test for the files of a repository. Initialise the whole structure with zeros before
 * you fill it.
 *
 * Send `Accept-Encoding: identity` and no `If-Range`. Follow no redirect: the maker names the addresses. Give up on an
 * answer that stops coming. Nothing depends on where an answer comes from: the library compares every byte with what
 * was signed, and reads no more than a file can have.
 */
typedef struct {
    /**
     * Passed to the callbacks; may be NULL.
     */
    void *user;
    /**
     * Sends `request` and waits for the head of the answer, which it writes to `response`. Returns 0, or anything else
     * if there is no answer. It ends an earlier answer that was not read to its end.
     */
    int32_t (*ask)(void *user, const pkg_request *request, pkg_response *response);
    /**
     * Reads up to `size` bytes of the body of the last answer into `buffer`. Returns how many bytes it read, 0 at the
     * end, and a negative number when the connection breaks or stops. It may return fewer bytes than it was asked for.
     */
    int64_t (*read)(void *user, uint8_t *buffer, size_t size);
    /**
     * Called before a part of a package is asked for again because the answer broke off: waits, and returns whether to
     * try again. `tries` is how often in a row no byte came, from 1. It may turn to another address. May be NULL: then
     * there are three tries, without a wait.
     */
    bool (*again)(void *user, uint32_t tries);
} pkg_transport;

/**
 * Follows the repository with this `id`, which the device is made with, through `transport`: the releases for the
 * product of `device`, those for testing if `is_testing`. `record` is what `pkg_repository_record` gave in an earlier
 * run, `size` bytes; nothing in it is believed, and what cannot be read counts as nothing. It may be NULL if `size` is
 * 0. `keyring` is the one in force.
 *
 * `transport` is copied; what its `user` points to is used until the repository, and every package that was opened from
 * it, is freed. Use all of these in one thread at a time, as one object: they share the transport. Nothing is asked for
 * yet. Writes the repository to `out`; free it with `pkg_repository_free`.
 */
pkg_result pkg_repository_open(const char *id,
                               const pkg_device *device,
                               bool is_testing,
                               const pkg_transport *transport,
                               const pkg_keyring *keyring,
                               const uint8_t *record,
                               size_t size,
                               pkg_repository **out,
                               pkg_error **error);

/**
 * Tells `repository` that `seconds` have passed on a monotonic clock since this was last called: a device without a
 * clock finds out by them that a newer head is overdue.
 */
pkg_result pkg_repository_elapse(pkg_repository *repository,
                                 uint64_t seconds,
                                 pkg_error **error);

/**
 * Asks whether `repository` has a newer head: one request if not. Verifies it with `keyring`, and writes to `is_newer`
 * whether it came and is in force now. `now` is the time in Unix seconds from a trusted clock; negative if there is
 * none.
 *
 * Whatever this returns, decide on the head in force afterwards: ask for packages with `pkg_repository_next`, also where
 * nothing new came. PKG_REP_3 is an older head, as servers that keep copies may send for a while. PKG_REP_4 is an alarm:
 * there are two heads of one version; tell the user or the operator, and store the record, which has both.
 *
 * If the head needs newer keys, the newer keyrings of the repository are taken: `keyring` is updated, and so are
 * `device` and `choices`, as by `pkg_keyring_update`. This may happen also when the call fails. If `pkg_keyring_version`
 * rose, store what `pkg_repository_keyring` gives in place of the keyring file, then the state.
 */
pkg_result pkg_repository_look(pkg_repository *repository,
                               pkg_keyring *keyring,
                               pkg_device *device,
                               pkg_choices *choices,
                               int64_t now,
                               bool *is_newer,
                               pkg_error **error);

/**
 * By how many seconds a newer head of `repository` is overdue, by the clock and by the seconds that passed: then say
 * that updates may be withheld. 0 if none is, negative if there is no head in force or `repository` is NULL. `now` is
 * the time in Unix seconds from a trusted clock; negative if there is none.
 */
int64_t pkg_repository_overdue(const pkg_repository *repository,
                               int64_t now);

/**
 * The version of the head of `repository` that is in force; 0 if there is none, or `repository` is NULL.
 */
uint64_t pkg_repository_version(const pkg_repository *repository);

/**
 * Copies what is to be remembered of `repository` into `buffer`, which has `capacity` bytes: the head in force, evidence
 * of a second one, and the statements that were fetched. Store it at the end of each round, where it changed. It may be
 * lost: the next round asks again. Writes its size to `size`, also when it returns PKG_TOO_SMALL; it is below 4 MiB, and
 * usually some 50 kB. `buffer` may be NULL if `capacity` is 0.
 */
pkg_result pkg_repository_record(const pkg_repository *repository,
                                 uint8_t *buffer,
                                 size_t capacity,
                                 size_t *size,
                                 pkg_error **error);

/**
 * Copies the file of the newest keyring that came from `repository` into `buffer`, which has `capacity` bytes: what
 * `pkg_keyring_open` reads at the next start. Writes its size to `size`, also when it returns PKG_TOO_SMALL; it is at
 * most 1,116,160 bytes. PKG_WRONG_ORDER if no newer keyring came since the repository was opened. `buffer` may be NULL
 * if `capacity` is 0.
 */
pkg_result pkg_repository_keyring(const pkg_repository *repository,
                                  uint8_t *buffer,
                                  size_t capacity,
                                  size_t *size,
                                  pkg_error **error);

/**
 * Makes `pkg_repository_next` start over with the first package of `repository`. If `all`, a release that fits does not
 * end it: for when that one could not be installed, and another may do.
 */
pkg_result pkg_repository_rewind(pkg_repository *repository,
                                 bool all,
                                 pkg_error **error);

/**
 * Frees a repository. Packages that were opened from it stay.
 */
void pkg_repository_free(pkg_repository **repository);

/**
 * Fetches and verifies the statements of the next package of `repository` that the device should look at, by
 * `keyring` and the policy of `device`: every notice and withdrawal, what is installed, and then releases, the best
 * first, up to one that fits and that `choices` did not decline. Where nothing that is current leads on from the
 * device, the log of the repository is read and verified. What was fetched before is not asked for again.
 *
 * Call it until it writes NULL to `out`. Pass every package to `pkg_choices_heard` and `pkg_device_seen`, and all of
 * them to `pkg_decide`. If it fails, that package is left out; call it again for the next one. Free each package with
 * `pkg_verified_free`: it has no payload. `pkg_repository_delta` and `pkg_repository_package` open the one to install.
 */
pkg_result pkg_repository_next(pkg_repository *repository,
                               const pkg_keyring *keyring,
                               const pkg_device *device,
                               const pkg_choices *choices,
                               pkg_verified **out,
                               pkg_error **error);

/**
 * Opens the delta from what `device` runs to the release `decided`, a package of `pkg_repository_next`. Its statements
 * are verified by `keyring`; its payload comes from `repository`, as `pkg_install` reads it. PKG_MISSING if there is
 * none: then, and if the delta is refused now or while it is installed, call `pkg_repository_package`. Writes the
 * package to `out`; free it with `pkg_verified_free`.
 *
 * The install asks for the parts that it needs and no others. If it is interrupted, by a connection that breaks for
 * longer than `again` allows or by a power cut, open the package again and install it with the same journal: it resumes.
 */
pkg_result pkg_repository_delta(const pkg_repository *repository,
                                const pkg_keyring *keyring,
                                const pkg_device *device,
                                const pkg_verified *decided,
                                pkg_verified **out,
                                pkg_error **error);

/**
 * Opens the full package of the release `decided`, like `pkg_repository_delta`: `repository`, `keyring`, `device` and
 * `out` are the same. PKG_MISSING if the repository does not have it.
 */
pkg_result pkg_repository_package(const pkg_repository *repository,
                                  const pkg_keyring *keyring,
                                  const pkg_device *device,
                                  const pkg_verified *decided,
                                  pkg_verified **out,
                                  pkg_error **error);


/* Remember ----------------------------------------------------------------------------------------------
 *
 * The state of a device as text, and a store that keeps it through a power cut at any moment.
 */

/**
 * Writes the state of `device` and `choices` to `out` as text. `keyring` may be NULL; otherwise the text
 * also records the version and the digest of the keyring in force. Store the text with `pkg_store_update` or
 * `pkg_store_stage`, and free it with `pkg_text_free`. It is a state file as `pkg decide` reads it. The
 * policy of the device is not in it: set it again after `pkg_state_from_text`.
 */
pkg_result pkg_state_to_text(const pkg_device *device,
                             const pkg_choices *choices,
                             const pkg_keyring *keyring,
                             char **out,
                             pkg_error **error);

/**
 * Reads the text `state` that `pkg_state_to_text` or a person wrote. PKG_STATE if it is not a state file.
 * `keyring` may be NULL; otherwise PKG_KEY_9 if it is older than the keyring that was in force, and
 * PKG_KEY_10 if it is another one of the same version. If it is newer, what its revocations mean for the state is
 * noted, as by `pkg_keyring_update`: so a keyring file may be stored before the state that goes with it. Writes the device, with the default policy, to
 * `device`, and the choices to `choices`; free them with `pkg_device_free` and `pkg_choices_free`.
 */
pkg_result pkg_state_from_text(const char *state,
                               const pkg_keyring *keyring,
                               pkg_device **device,
                               pkg_choices **choices,
                               pkg_error **error);

/**
 * Stores the first state of a device, `size` bytes at `state`, when the device is made. PKG_STATE if
 * `storage` holds a state already. `storage` is copied; what its `user` points to is used until the store is
 * freed. Writes the store to `out`; free it with `pkg_store_free`.
 */
pkg_result pkg_store_create(const pkg_storage *storage,
                            const uint8_t *state,
                            size_t size,
                            pkg_store **out,
                            pkg_error **error);

/**
 * Opens the state in `storage`. PKG_STATE if it is lost, which does **not** mean that the device is empty,
 * or if it is older than generation `least`: the value of a counter that cannot be turned back, or 0 if
 * there is none. `storage` is copied; what its `user` points to is used until the store is freed. Writes the
 * store to `out`; free it with `pkg_store_free`.
 */
pkg_result pkg_store_open(const pkg_storage *storage, uint64_t least, pkg_store **out, pkg_error **error);

/**
 * Copies the current state of `store` into `buffer`, which has `capacity` bytes. Writes the size of the
 * state to `size`, also when it returns PKG_TOO_SMALL. `buffer` may be NULL if `capacity` is 0.
 */
pkg_result pkg_store_current(pkg_store *store,
                             uint8_t *buffer,
                             size_t capacity,
                             size_t *size,
                             pkg_error **error);

/**
 * Writes to `pending` whether `store` has a staged state that is not confirmed yet. If so, writes the
 * SHA-256 of the manifest that was installed, 32 bytes, to `manifest`.
 */
pkg_result pkg_store_pending(pkg_store *store, bool *pending, uint8_t *manifest, pkg_error **error);

/**
 * Replaces the current state of `store` by the `size` bytes at `state`: for what changes without a boot,
 * such as what the user chose and what was shown.
 */
pkg_result pkg_store_update(pkg_store *store, const uint8_t *state, size_t size, pkg_error **error);

/**
 * Checks that `store` can still be written. Call it before an install begins.
 */
pkg_result pkg_store_check(pkg_store *store, pkg_error **error);

/**
 * Stores that an install is complete and waits to be booted: the SHA-256 of its `manifest`, 32 bytes, and
 * what the state of `store` will be once it is confirmed, `size` bytes at `state`. The current state does
 * not change.
 */
pkg_result pkg_store_stage(pkg_store *store,
                           const uint8_t *manifest,
                           const uint8_t *state,
                           size_t size,
                           pkg_error **error);

/**
 * The device runs what was staged with this `manifest`, 32 bytes: the staged state becomes the current state
 * of `store`. PKG_STATE if that is not what was staged.
 */
pkg_result pkg_store_confirm(pkg_store *store, const uint8_t *manifest, pkg_error **error);

/**
 * The device does not run what was staged: `store` drops it, and the current state stays.
 */
pkg_result pkg_store_revert(pkg_store *store, pkg_error **error);

/**
 * Frees a store; what is stored stays.
 */
void pkg_store_free(pkg_store **store);


/* Numbers of the results --------------------------------------------------------------------------------
 *
 * The rules, by the ids that people see, and what is about the call.
 */

enum {
    /** OK: done. */
    PKG_OK = 0,
    /** CON-1: not a package. */
    PKG_CON_1 = 101,
    /** CON-2: member header not in canonical form. */
    PKG_CON_2 = 102,
    /** CON-3: member out of place. */
    PKG_CON_3 = 103,
    /** CON-4: member larger than its limit. */
    PKG_CON_4 = 104,
    /** CON-5: padding not zero. */
    PKG_CON_5 = 105,
    /** CON-6: package ends too early. */
    PKG_CON_6 = 106,
    /** CON-7: end of the package not in canonical form. */
    PKG_CON_7 = 107,
    /** CON-8: member size differs from the signed size. */
    PKG_CON_8 = 108,
    /** CBR-1: encoding ends too early. */
    PKG_CBR_1 = 201,
    /** CBR-2: number or length not in shortest form. */
    PKG_CBR_2 = 202,
    /** CBR-3: indefinite length. */
    PKG_CBR_3 = 203,
    /** CBR-4: map keys not sorted. */
    PKG_CBR_4 = 204,
    /** CBR-5: duplicate map key. */
    PKG_CBR_5 = 205,
    /** CBR-6: type that statements do not use. */
    PKG_CBR_6 = 206,
    /** CBR-7: map key is not text. */
    PKG_CBR_7 = 207,
    /** CBR-8: text is not UTF-8. */
    PKG_CBR_8 = 208,
    /** CBR-9: nested too deeply. */
    PKG_CBR_9 = 209,
    /** CBR-10: trailing bytes after the encoding. */
    PKG_CBR_10 = 210,
    /** CBR-11: re-encoding gives different bytes. */
    PKG_CBR_11 = 211,
    /** CBR-12: too many items. */
    PKG_CBR_12 = 212,
    /** SIG-1: not signed. */
    PKG_SIG_1 = 301,
    /** SIG-2: signed, but by no trusted key. */
    PKG_SIG_2 = 302,
    /** SIG-3: signature does not match. */
    PKG_SIG_3 = 303,
    /** SIG-4: too few signers. */
    PKG_SIG_4 = 304,
    /** SIG-5: signature structure not in canonical form. */
    PKG_SIG_5 = 305,
    /** SIG-6: signature for another kind of statement. */
    PKG_SIG_6 = 306,
    /** SIG-7: signature for other bytes. */
    PKG_SIG_7 = 307,
    /** SIG-8: unknown algorithm. */
    PKG_SIG_8 = 308,
    /** SIG-9: signature headers not in canonical form. */
    PKG_SIG_9 = 309,
    /** SIG-10: signatures not sorted, or two by one key. */
    PKG_SIG_10 = 310,
    /** SIG-11: unprotected header. */
    PKG_SIG_11 = 311,
    /** SIG-12: no signature, or too many. */
    PKG_SIG_12 = 312,
    /** SIG-13: signature of the wrong length. */
    PKG_SIG_13 = 313,
    /** SIG-14: signed only by revoked keys. */
    PKG_SIG_14 = 314,
    /** SIG-15: signer does not have this role. */
    PKG_SIG_15 = 315,
    /** SIG-16: too few post-quantum signers. */
    PKG_SIG_16 = 316,
    /** KEY-1: invalid public key. */
    PKG_KEY_1 = 401,
    /** KEY-2: example key. */
    PKG_KEY_2 = 402,
    /** KEY-3: keyring lists a key twice. */
    PKG_KEY_3 = 403,
    /** KEY-4: keyring not signed by its roots. */
    PKG_KEY_4 = 404,
    /** KEY-5: threshold that cannot be met. */
    PKG_KEY_5 = 405,
    /** KEY-6: keyring older than the package requires. */
    PKG_KEY_6 = 406,
    /** KEY-7: a different keyring. */
    PKG_KEY_7 = 407,
    /** KEY-8: gap in the chain of keyrings. */
    PKG_KEY_8 = 408,
    /** KEY-9: keyring older than the one in force. */
    PKG_KEY_9 = 409,
    /** KEY-10: same keyring version, different contents. */
    PKG_KEY_10 = 410,
    /** KEY-11: not signed by the roots in force. */
    PKG_KEY_11 = 411,
    /** KEY-12: algorithm this verifier was built without. */
    PKG_KEY_12 = 412,
    /** MAN-1: required field missing. */
    PKG_MAN_1 = 501,
    /** MAN-2: unknown field. */
    PKG_MAN_2 = 502,
    /** MAN-3: field of the wrong type. */
    PKG_MAN_3 = 503,
    /** MAN-4: value does not match its grammar. */
    PKG_MAN_4 = 504,
    /** MAN-5: value or count out of bounds. */
    PKG_MAN_5 = 505,
    /** MAN-6: field not allowed here. */
    PKG_MAN_6 = 506,
    /** MAN-7: list not sorted, or an entry twice. */
    PKG_MAN_7 = 507,
    /** MAN-8: format version not supported. */
    PKG_MAN_8 = 508,
    /** MAN-9: empty list. */
    PKG_MAN_9 = 509,
    /** MAN-10: reference to a missing entry. */
    PKG_MAN_10 = 510,
    /** TXT-1: character that could deceive a reader. */
    PKG_TXT_1 = 601,
    /** TXT-2: empty text. */
    PKG_TXT_2 = 602,
    /** TXT-3: text too long. */
    PKG_TXT_3 = 603,
    /** TXT-4: language tag not in canonical form. */
    PKG_TXT_4 = 604,
    /** TXT-5: character that builders do not write. */
    PKG_TXT_5 = 605,
    /** TXT-6: address not an https URL. */
    PKG_TXT_6 = 606,
    /** SEP-1: class missing or unknown. */
    PKG_SEP_1 = 701,
    /** SEP-2: separation missing or unknown. */
    PKG_SEP_2 = 702,
    /** SEP-3: exception not justified. */
    PKG_SEP_3 = 703,
    /** SEP-4: justification on a pure update. */
    PKG_SEP_4 = 704,
    /** SEP-5: security update with a change that no fix needs. */
    PKG_SEP_5 = 705,
    /** SEP-6: change is necessary for a fix that is not in this package. */
    PKG_SEP_6 = 706,
    /** SEP-7: pure update that changes functionality. */
    PKG_SEP_7 = 707,
    /** SEP-8: exception without a change. */
    PKG_SEP_8 = 708,
    /** SEP-9: change-is-fix with a change that adds something. */
    PKG_SEP_9 = 709,
    /** SEP-10: security update leaves its line or feature level. */
    PKG_SEP_10 = 710,
    /** SEP-11: included feature changes not listed. */
    PKG_SEP_11 = 711,
    /** SEP-12: feature update does not raise the feature level. */
    PKG_SEP_12 = 712,
    /** SEP-13: fix available only in a feature update. */
    PKG_SEP_13 = 713,
    /** SEP-14: level of an entry above the release's. */
    PKG_SEP_14 = 714,
    /** SEP-15: earlier exception not carried forward. */
    PKG_SEP_15 = 715,
    /** SEP-16: security update that fixes nothing. */
    PKG_SEP_16 = 716,
    /** SEP-17: fix reopened without a withdrawal. */
    PKG_SEP_17 = 717,
    /** SEP-18: changed file that no fix or change touches. */
    PKG_SEP_18 = 718,
    /** SEP-19: security update that changes no image. */
    PKG_SEP_19 = 719,
    /** SEP-20: release that loses a fix. */
    PKG_SEP_20 = 720,
    /** SEP-21: fix that is closed already. */
    PKG_SEP_21 = 721,
    /** SEP-22: fixed and open at once. */
    PKG_SEP_22 = 722,
    /** ADV-1: advisory missing. */
    PKG_ADV_1 = 801,
    /** ADV-2: action missing. */
    PKG_ADV_2 = 802,
    /** ADV-3: public fix without severity, impact or affected releases. */
    PKG_ADV_3 = 803,
    /** ADV-4: delay of disclosure not justified. */
    PKG_ADV_4 = 804,
    /** ADV-5: notice without status or remedy. */
    PKG_ADV_5 = 805,
    /** ADV-6: planned fix without a date. */
    PKG_ADV_6 = 806,
    /** ADV-7: required language missing. */
    PKG_ADV_7 = 807,
    /** ADV-8: severity not a CVSS vector or word. */
    PKG_ADV_8 = 808,
    /** ADV-9: vulnerability id not in its grammar. */
    PKG_ADV_9 = 809,
    /** ADV-10: not affected without a justification. */
    PKG_ADV_10 = 810,
    /** ADV-11: contact missing. */
    PKG_ADV_11 = 811,
    /** ADV-12: exploitation date without exploitation. */
    PKG_ADV_12 = 812,
    /** ADV-13: closed in a release still to come. */
    PKG_ADV_13 = 813,
    /** AUT-1: automatic installation not stated. */
    PKG_AUT_1 = 901,
    /** AUT-2: automatic, but off by default. */
    PKG_AUT_2 = 902,
    /** AUT-3: automatic without an opt-out. */
    PKG_AUT_3 = 903,
    /** AUT-4: not automatic without a reason. */
    PKG_AUT_4 = 904,
    /** AUT-5: not applicable, but on by default. */
    PKG_AUT_5 = 905,
    /** CST-1: security update that is not free. */
    PKG_CST_1 = 1001,
    /** CST-2: tailor-made exception incomplete. */
    PKG_CST_2 = 1002,
    /** CST-3: latest-only claim for an update that is not free. */
    PKG_CST_3 = 1003,
    /** SUP-1: support period missing or malformed. */
    PKG_SUP_1 = 1101,
    /** SUP-2: support below five years without a reason. */
    PKG_SUP_2 = 1102,
    /** DEF-1: security update weakens a default. */
    PKG_DEF_1 = 1201,
    /** VER-1: sequence does not rise. */
    PKG_VER_1 = 1301,
    /** VER-2: same sequence, different state. */
    PKG_VER_2 = 1302,
    /** VER-3: security level falls. */
    PKG_VER_3 = 1303,
    /** VER-4: step to another line gains nothing. */
    PKG_VER_4 = 1304,
    /** VER-5: counter jumps too far. */
    PKG_VER_5 = 1305,
    /** VER-6: security update does not raise the security level. */
    PKG_VER_6 = 1306,
    /** VER-7: counter is zero. */
    PKG_VER_7 = 1307,
    /** VER-8: generation raised without need. */
    PKG_VER_8 = 1308,
    /** VER-9: issued before the release it follows. */
    PKG_VER_9 = 1309,
    /** VER-11: scope that the device does not declare. */
    PKG_VER_11 = 1311,
    /** VER-12: components do not match the scope. */
    PKG_VER_12 = 1312,
    /** VER-13: date out of range. */
    PKG_VER_13 = 1313,
    /** POL-1: needs more memory than the device allows. */
    PKG_POL_1 = 1401,
    /** POL-2: release for testing. */
    PKG_POL_2 = 1402,
    /** POL-3: release that was withdrawn. */
    PKG_POL_3 = 1403,
    /** POL-4: records changed or truncated. */
    PKG_POL_4 = 1404,
    /** POL-5: may have been withdrawn. */
    PKG_POL_5 = 1405,
    /** APP-1: for another product. */
    PKG_APP_1 = 1501,
    /** APP-2: for other hardware. */
    PKG_APP_2 = 1502,
    /** APP-3: does not apply to the installed state. */
    PKG_APP_3 = 1503,
    /** APP-4: does not apply to an empty device. */
    PKG_APP_4 = 1504,
    /** APP-5: another release is needed first. */
    PKG_APP_5 = 1505,
    /** APP-6: delta for another base. */
    PKG_APP_6 = 1506,
    /** APP-7: not for devices. */
    PKG_APP_7 = 1507,
    /** DEL-1: delivery of another manifest. */
    PKG_DEL_1 = 1601,
    /** DEL-2: payloads do not match the images. */
    PKG_DEL_2 = 1602,
    /** DEL-3: sums do not match. */
    PKG_DEL_3 = 1603,
    /** DEL-4: chunk out of bounds. */
    PKG_DEL_4 = 1604,
    /** DEL-5: codec unknown. */
    PKG_DEL_5 = 1605,
    /** DEL-6: base missing, or not allowed. */
    PKG_DEL_6 = 1606,
    /** DEL-7: release without a delivery, or another kind with one. */
    PKG_DEL_7 = 1607,
    /** DEL-8: kind of delivery does not match its payloads. */
    PKG_DEL_8 = 1608,
    /** DEL-9: declares less memory than its chunks need. */
    PKG_DEL_9 = 1609,
    /** PAY-1: chunk differs from its signed digest. */
    PKG_PAY_1 = 1701,
    /** PAY-2: evidence differs from its signed digest. */
    PKG_PAY_2 = 1702,
    /** PAY-3: chunk does not decode. */
    PKG_PAY_3 = 1703,
    /** PAY-4: finished image differs from its signed digest. */
    PKG_PAY_4 = 1704,
    /** DLT-1: not the base of this delta. */
    PKG_DLT_1 = 1801,
    /** DLT-2: delta of an unknown version. */
    PKG_DLT_2 = 1802,
    /** DLT-3: delta reaches outside the base. */
    PKG_DLT_3 = 1803,
    /** DLT-4: stretches of a delta do not make up the image. */
    PKG_DLT_4 = 1804,
    /** DLT-5: preamble or chunk of a delta too short or too long. */
    PKG_DLT_5 = 1805,
    /** DLT-6: delta needs more memory than was declared. */
    PKG_DLT_6 = 1806,
    /** G1: no way to a fix without a feature update. */
    PKG_G1 = 1901,
    /** G2: users waited for a fix that others had. */
    PKG_G2 = 1902,
    /** G3: security update that brings other changes. */
    PKG_G3 = 1903,
    /** G4: fix available only with a feature update. */
    PKG_G4 = 1904,
    /** G5: update that brings a vulnerability back. */
    PKG_G5 = 1905,
    /** G6: class and levels disagree. */
    PKG_G6 = 1906,
    /** G7: fix available only as a delta. */
    PKG_G7 = 1907,
    /** G8: release left behind. */
    PKG_G8 = 1908,
    /** G9: users of an affected release are not told. */
    PKG_G9 = 1909,
    /** G10: withdrawal leaves a gap. */
    PKG_G10 = 1910,
    /** G11: release not retained. */
    PKG_G11 = 1911,
    /** G12: fix that is not free. */
    PKG_G12 = 1912,
    /** G13: scopes that wait for each other. */
    PKG_G13 = 1913,
    /** G14: nobody said whether a release is affected. */
    PKG_G14 = 1914,
    /** G15: silent fix in a feature release. */
    PKG_G15 = 1915,
    /** G16: support ends earlier than was promised. */
    PKG_G16 = 1916,
    /** G17: inseparable update omits a change. */
    PKG_G17 = 1917,
    /** G18: correction besides a fix. */
    PKG_G18 = 1918,
    /** G19: disclosure withheld past its date. */
    PKG_G19 = 1919,
    /** G20: fix lost by a withdrawal. */
    PKG_G20 = 1920,
    /** G21: one state, two descriptions. */
    PKG_G21 = 1921,
    /** G22: no way to a later release. */
    PKG_G22 = 1922,
    /** G23: promise or time limit not kept. */
    PKG_G23 = 1923,
    /** G24: tailor-made for more than one customer. */
    PKG_G24 = 1924,
    /** REP-1: head of another repository. */
    PKG_REP_1 = 2001,
    /** REP-2: head of another product or channel. */
    PKG_REP_2 = 2002,
    /** REP-3: head older than the stored one. */
    PKG_REP_3 = 2003,
    /** REP-4: two heads of one version. */
    PKG_REP_4 = 2004,
    /** REP-5: not the log that the head names. */
    PKG_REP_5 = 2005,
    /** REP-6: log that does not contain the earlier log. */
    PKG_REP_6 = 2006,
    /** REP-7: current entries do not follow from the log. */
    PKG_REP_7 = 2007,
    /** REP-8: entry and package disagree. */
    PKG_REP_8 = 2008,
    /** REP-9: file is not the one that was named. */
    PKG_REP_9 = 2009,
    /** NULL-ARGUMENT: a pointer is NULL that must not be. */
    PKG_NULL_ARGUMENT = 9001,
    /** INVALID-ARGUMENT: an argument has the wrong form: text that is not UTF-8, an id that is not one. */
    PKG_INVALID_ARGUMENT = 9002,
    /** IO: something could not be read or written, or a callback failed. */
    PKG_IO = 9003,
    /** PANIC: a bug in this library; the objects of the call are in an unknown state. */
    PKG_PANIC = 9004,
    /** WRONG-ORDER: the object was used up, or another call must come first. */
    PKG_WRONG_ORDER = 9005,
    /** STORAGE: the place for an image cannot be used: too small, in use, the wrong kind of file, or named twice. */
    PKG_STORAGE = 9006,
    /** NO-SUCH-IMAGE: the package has no image for this component. */
    PKG_NO_SUCH_IMAGE = 9007,
    /** NEEDS-BASE: the package is a delta, and no base was given. */
    PKG_NEEDS_BASE = 9008,
    /** NOTHING-TO-INSTALL: a notice or a withdrawal brings no images. */
    PKG_NOTHING_TO_INSTALL = 9009,
    /** CANNOT-POSTPONE: it cannot be postponed again. */
    PKG_CANNOT_POSTPONE = 9010,
    /** STATE: the stored state is lost, too old, full, or not the one that was named. */
    PKG_STATE = 9011,
    /** TOO-SMALL: the buffer is too small; the size that is needed was written. */
    PKG_TOO_SMALL = 9012,
    /** MISSING: the repository does not have the file. */
    PKG_MISSING = 9013,
};

#ifdef __cplusplus
}
#endif

#endif
