//! What the man page of each command says besides its options.

/// The further sections of a page.
pub(super) struct About {
    /// What a command line does, and the command line.
    pub(super) examples: &'static [(&'static str, &'static str)],
    /// What an exit status means here, where it means more than for every command.
    pub(super) exit: &'static [(&'static str, &'static str)],
    /// The files that it reads or writes, besides those in its arguments.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// Related pages, by the name of the command.
    pub(super) see: &'static [&'static str],
}

const KEY_FILES: (&str, &str) = ("NAME.key", "A private key: PKCS#8 in PEM, encrypted, for its owner alone.");
const PUBLIC_FILES: (&str, &str) = ("NAME.pub", "Its public half: SPKI in PEM.");
const DESCRIPTION: (&str, &str) =
    ("release.toml", "The description of a release. pkg schema release --markdown lists every key.");
const STATE: (&str, &str) =
    ("device.toml", "The state of a device. pkg schema state --markdown lists every key.");
const HISTORY: (&str, &str) = (
    "history.toml",
    "What was shipped before packages were used. pkg schema history --markdown lists every key.",
);
const RECORDS: (&str, &str) =
    ("decisions.jsonl", "Decisions of a device, one a line, each with the hash of the line before.");
const REPOSITORY: (&str, &str) = (
    "products/VENDOR/NAME/CHANNEL/, packages/, keyrings/",
    "The heads and the log of a product, packages by their digests, and keyrings: the folders of a repository.",
);
const KEYRING: (&str, &str) = ("NAME.keyring", "Which key may sign what, signed by root keys.");
const PACKAGES: (&str, &str) = (
    "NAME-VERSION.full.pkg, NAME-VERSION.from-BASE.pkg, NAME-ID.notice.pkg, NAME-ID.withdrawal.pkg",
    "Packages, as pkg build names them.",
);

/// A page with these sections.
const fn about(
    examples: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
    see: &'static [&'static str],
) -> About {
    About { examples, exit: &[], files, see }
}

/// What the page `pkg-NAME` says; `None` for a command that has no page here.
pub(super) fn of(page: &str) -> Option<About> {
    Some(match page {
        "pkg" => about(
            &[
                ("Start a product:", "pkg init cam"),
                (
                    "Build its first release:",
                    "pkg build cam/release.toml -o cam/out --keyring cam/cam.keyring",
                ),
                ("Verify it:", "pkg verify cam/out --keyring cam/cam.keyring"),
            ],
            &[PACKAGES, DESCRIPTION, KEYRING],
            &["init", "build", "verify", "help"],
        ),
        "pkg-init" => about(
            &[
                ("Ask what is needed, and write a product to the folder cam:", "pkg init cam"),
                (
                    "Ask nothing, and write a pipeline for GitHub too:",
                    "pkg init cam --vendor acme --hardware rev-a --image rootfs.img --ci github --no-passphrase",
                ),
            ],
            &[
                ("product.toml", "What every description shares."),
                DESCRIPTION,
                ("release.schema.json", "The schema of descriptions, for editors."),
                KEY_FILES,
                PUBLIC_FILES,
                KEYRING,
            ],
            &["new", "check", "build", "schema"],
        ),
        "pkg-new" => about(
            &[
                (
                    "Describe a security release after 1.4.2:",
                    "pkg new security --from out/cam-1.4.2.full.pkg --keyring cam.keyring --fix CVE-2026-12345",
                ),
                (
                    "Describe a notice about a vulnerability that has no fix yet:",
                    "pkg new notice --from release.toml --keyring cam.keyring --fix CVE-2026-34567 -o notice.toml",
                ),
            ],
            &[DESCRIPTION, ("product.toml", "Included, if it is in the same folder.")],
            &["init", "check", "build", "plan"],
        ),
        "pkg-check" => about(
            &[("Find every fault of a description:", "pkg check release.toml --keyring cam.keyring")],
            &[DESCRIPTION],
            &["build", "explain", "schema"],
        ),
        "pkg-build" => about(
            &[
                (
                    "Build and sign the packages of a release:",
                    "pkg build release.toml -o out --keyring cam.keyring --key security.key --delivery-key delivery.key",
                ),
                (
                    "Sign with a key in a token:",
                    "pkg build release.toml -o out --keyring cam.keyring --key pkcs11:token=release;object=security",
                ),
                ("Only look for faults:", "pkg build release.toml --dry-run"),
            ],
            &[DESCRIPTION, PACKAGES],
            &["check", "delta", "sign", "verify", "audit", "explain"],
        ),
        "pkg-delta" => about(
            &[(
                "Make a delta from 1.4.1 to a release that is signed:",
                "pkg delta out/cam-1.4.3.full.pkg --base out/cam-1.4.1.full.pkg --key delivery.key --keyring cam.keyring -o out",
            )],
            &[PACKAGES],
            &["build", "patch", "verify"],
        ),
        "pkg-sign" => about(
            &[
                ("Add a second signature:", "pkg sign cam-1.4.3.full.pkg --key second.key"),
                (
                    "Write what is signed offline:",
                    "pkg sign cam-1.4.3.full.pkg --request cam-1.4.3.request --public second.pub",
                ),
                (
                    "Attach the signature that came back:",
                    "pkg sign cam-1.4.3.full.pkg --attach cam-1.4.3.sig --public second.pub",
                ),
            ],
            &[KEY_FILES, PUBLIC_FILES],
            &["build", "key", "keyring"],
        ),
        "pkg-verify" => about(
            &[
                ("Verify every package of a folder:", "pkg verify out --keyring cam.keyring"),
                (
                    "Say whether a device may install a package:",
                    "pkg verify cam-1.4.3.full.pkg --keyring cam.keyring --state device.toml",
                ),
            ],
            &[KEYRING, STATE],
            &["inspect", "apply", "keyring", "explain"],
        ),
        "pkg-inspect" => About {
            examples: &[
                ("Show what is in a package:", "pkg inspect cam-1.4.3.full.pkg --keyring cam.keyring"),
                ("Print it for a program:", "pkg inspect cam-1.4.3.full.pkg --json"),
            ],
            exit: &[("0", "The page was printed, also where nothing was verified: the first line says so.")],
            files: &[KEYRING],
            see: &["verify", "diff", "advisory"],
        },
        "pkg-advisory" => about(
            &[
                (
                    "Write a page for users:",
                    "pkg advisory cam-1.4.3.full.pkg --keyring cam.keyring --html -o advisory.html",
                ),
                (
                    "Write a CSAF document that names other releases by version:",
                    "pkg advisory cam-1.4.3.full.pkg --keyring cam.keyring --csaf --known out --namespace https://acme.example -o csaf",
                ),
            ],
            &[KEYRING, HISTORY],
            &["inspect", "build", "audit"],
        ),
        "pkg-site" => about(
            &[(
                "Write the site of all advisories, and what belongs at the root of the main domain:",
                "pkg site out --keyring cam.keyring --url https://www.acme.example/security -o site --main-domain main",
            )],
            &[KEYRING],
            &["advisory", "audit", "inspect"],
        ),
        "pkg-diff" => About {
            examples: &[(
                "Show what a release changes, down to the files in its images:",
                "pkg diff cam-1.4.2.full.pkg cam-1.4.3.full.pkg --keyring cam.keyring",
            )],
            exit: &[("0", "The packages were compared, whether or not they differ.")],
            files: &[KEYRING],
            see: &["inspect", "verify", "patch"],
        },
        "pkg-unpack" => about(
            &[(
                "Unpack a package into a folder:",
                "pkg unpack cam-1.4.3.full.pkg --keyring cam.keyring -o cam-1.4.3",
            )],
            &[KEYRING],
            &["apply", "inspect"],
        ),
        "pkg-apply" => about(
            &[
                (
                    "Write the image of a full package to a partition:",
                    "pkg apply cam-1.4.3.full.pkg --keyring cam.keyring --state device.toml --image rootfs=/dev/mmcblk0p3",
                ),
                (
                    "Apply a delta to the image that runs:",
                    "pkg apply cam-1.4.3.from-1.4.2.pkg --keyring cam.keyring --base rootfs=/dev/mmcblk0p2 --image rootfs=/dev/mmcblk0p3",
                ),
            ],
            &[
                (".NAME.pkg-part", "An unfinished image. The same command resumes with it."),
                (".NAME.pkg-journal", "How far the installation is."),
                STATE,
                KEYRING,
            ],
            &["verify", "decide", "unpack"],
        ),
        "pkg-decide" => About {
            examples: &[
                (
                    "Say what a device should do now:",
                    "pkg decide out/cam-1.4.3.full.pkg --keyring cam.keyring --state device.toml --no-clock",
                ),
                (
                    "Report that the notice was shown, and record the next decision:",
                    "pkg decide out/cam-1.4.3.full.pkg --keyring cam.keyring --state device.toml --no-clock --answer notified=MANIFEST --record decisions.jsonl",
                ),
            ],
            exit: &[
                ("0", "The device should do what is printed, also if that is nothing."),
                ("1", "The decision is to refuse, or a package or the state was refused."),
            ],
            files: &[STATE, RECORDS, KEYRING],
            see: &["apply", "records", "verify"],
        },
        "pkg-records" => About {
            examples: &[("Check the records of a device:", "pkg records decisions.jsonl")],
            exit: &[("1", "A line was changed, or lines are missing.")],
            files: &[RECORDS],
            see: &["decide", "audit"],
        },
        "pkg-audit" => About {
            examples: &[
                ("Audit all releases of a product:", "pkg audit out --keyring cam.keyring"),
                (
                    "Write the report as a page:",
                    "pkg audit out --keyring cam.keyring --format html -o audit.html",
                ),
            ],
            exit: &[("0", "The result is pass or exception."), ("1", "The result is fail.")],
            files: &[HISTORY, RECORDS, KEYRING],
            see: &["plan", "build", "explain"],
        },
        "pkg-plan" => About {
            examples: &[
                ("Say what is owed:", "pkg plan out --keyring cam.keyring"),
                ("Write the descriptions of it:", "pkg plan out --keyring cam.keyring --write next"),
            ],
            exit: &[("0", "Nothing is owed."), ("1", "Something is owed.")],
            files: &[HISTORY, KEYRING, DESCRIPTION],
            see: &["audit", "new", "build"],
        },
        "pkg-publish" => About {
            examples: &[
                (
                    "Say what would be published and what would be refused:",
                    "pkg publish out --to repository --key catalogue.key --keyring cam.keyring --dry-run",
                ),
                (
                    "Publish every package in a folder:",
                    "pkg publish out --to repository --key catalogue.key --keyring cam.keyring",
                ),
            ],
            exit: &[("1", "A package was refused, or its number is in use. Nothing was published.")],
            files: &[PACKAGES, KEYRING, REPOSITORY],
            see: &["repository", "audit", "site"],
        },
        "pkg-fetch" => about(
            &[(
                "Show what a repository offers this device, and download it:",
                "pkg fetch https://updates.acme.example --keyring cam.keyring --state device.toml -o packages",
            )],
            &[KEYRING, STATE],
            &["decide", "apply", "repository"],
        ),
        "pkg-farm" => about(
            &[(
                "Plan the deltas of a release:",
                "pkg farm plan --repository repository --release 1.4.3 --keyring cam.keyring -o plan.json",
            )],
            &[REPOSITORY, KEYRING],
            &["delta", "publish"],
        ),
        "pkg-farm-plan" => about(
            &[(
                "Plan deltas for the versions that at least 1000 devices run:",
                "pkg farm plan --repository repository --release 1.4.3 --keyring cam.keyring --census census.csv --least 1000 -o plan.json",
            )],
            &[REPOSITORY, KEYRING],
            &["farm-run", "delta"],
        ),
        "pkg-farm-run" => about(
            &[(
                "Make the first delta of a plan:",
                "pkg farm run plan.json --task 0 --to repository --key delivery.key --keyring cam.keyring",
            )],
            &[REPOSITORY, KEYRING, KEY_FILES],
            &["farm-plan", "delta"],
        ),
        "pkg-repository" => about(
            &[("Show what a repository offers:", "pkg repository show repository --keyring cam.keyring")],
            &[REPOSITORY],
            &["publish", "audit"],
        ),
        "pkg-repository-new" => about(
            &[(
                "Start a repository for a product:",
                "pkg repository new repository --product acme/cam --key catalogue.key --keyring cam.keyring",
            )],
            &[KEYRING, REPOSITORY],
            &["publish", "repository-show"],
        ),
        "pkg-repository-show" => about(
            &[("Show what a repository offers:", "pkg repository show repository --keyring cam.keyring")],
            &[REPOSITORY],
            &["repository-check", "publish"],
        ),
        "pkg-repository-check" => About {
            examples: &[("Check every byte:", "pkg repository check repository --keyring cam.keyring")],
            exit: &[("0", "Everything is there and right."), ("1", "Something is missing or wrong.")],
            files: &[REPOSITORY],
            see: &["repository-mirror", "audit"],
        },
        "pkg-repository-refresh" => about(
            &[(
                "Sign a new head for the same packages, every day:",
                "pkg repository refresh repository --key catalogue.key --keyring cam.keyring",
            )],
            &[REPOSITORY],
            &["publish", "repository-check"],
        ),
        "pkg-repository-recover" => about(
            &[(
                "Continue a log whose catalogue key was stolen and revoked, from the head that a mirror has:",
                "pkg repository recover repository --from mirror --key catalogue-2.key --keyring cam-2.keyring",
            )],
            &[REPOSITORY, KEYRING],
            &["keyring-edit", "repository-refresh", "publish"],
        ),
        "pkg-repository-mirror" => about(
            &[(
                "Bring a copy on a USB stick up to date:",
                "pkg repository mirror repository /media/usb --keyring cam.keyring",
            )],
            &[REPOSITORY],
            &["repository-check", "publish"],
        ),
        "pkg-patch" => about(
            &[("Make a patch:", "pkg patch make old.img new.img -o image.patch")],
            &[],
            &["delta", "diff"],
        ),
        "pkg-patch-make" => about(
            &[(
                "Make a patch for devices with 3 MB of memory:",
                "pkg patch make old.img new.img -o image.patch --max-decode-memory 3M",
            )],
            &[],
            &["patch-apply", "patch-info", "delta"],
        ),
        "pkg-patch-apply" => about(
            &[("Apply a patch:", "pkg patch apply old.img image.patch -o new.img")],
            &[],
            &["patch-make", "patch-info"],
        ),
        "pkg-patch-info" => about(
            &[("Say why a patch is large:", "pkg patch info image.patch --old old.img")],
            &[],
            &["patch-make", "patch-apply"],
        ),
        "pkg-key" => about(
            &[("Make a key:", "pkg key new security")],
            &[KEY_FILES, PUBLIC_FILES],
            &["keyring", "sign"],
        ),
        "pkg-key-new" => about(
            &[
                ("Make a key, and ask for its passphrase:", "pkg key new security"),
                ("Make a post-quantum key:", "pkg key new security-pq --alg ml-dsa-65"),
            ],
            &[KEY_FILES, PUBLIC_FILES],
            &["key-show", "key-rewrap", "keyring-new"],
        ),
        "pkg-key-show" => about(
            &[
                ("Print the id of a key:", "pkg key show security.pub"),
                (
                    "Take the public half out of a token:",
                    "pkg key show --pem pkcs11:token=release;object=security",
                ),
            ],
            &[KEY_FILES, PUBLIC_FILES],
            &["key-new", "keyring-show"],
        ),
        "pkg-key-rewrap" => about(
            &[("Encrypt a key file again, with a stronger derivation:", "pkg key rewrap security.key")],
            &[KEY_FILES],
            &["key-new", "key-show"],
        ),
        "pkg-keyring" => about(
            &[("Show what a keyring says:", "pkg keyring show cam.keyring")],
            &[KEYRING],
            &["key", "verify", "sign"],
        ),
        "pkg-keyring-new" => about(
            &[(
                "Make a keyring with a key for each of two roles:",
                "pkg keyring new --root root.pub --add security=security.pub --add feature=feature.pub --sign root.key -o cam.keyring",
            )],
            &[KEYRING, PUBLIC_FILES],
            &["keyring-edit", "keyring-sign", "keyring-show", "key-new"],
        ),
        "pkg-keyring-edit" => about(
            &[
                (
                    "Replace a key:",
                    "pkg keyring edit cam.keyring --add security=new.pub --remove security.pub --sign root.key -o cam-2.keyring",
                ),
                (
                    "Revoke a stolen key:",
                    "pkg keyring edit cam.keyring --revoke security.pub --add security=new.pub --heads out --sign root.key -o cam-2.keyring",
                ),
            ],
            &[KEYRING],
            &["keyring-new", "keyring-update", "keyring-show"],
        ),
        "pkg-keyring-sign" => about(
            &[(
                "Add the signature of a second root:",
                "pkg keyring sign cam-2.keyring --key second-root.key",
            )],
            &[KEYRING, KEY_FILES],
            &["keyring-edit", "keyring-show"],
        ),
        "pkg-keyring-show" => about(
            &[("Print the keys, their roles and the fingerprint:", "pkg keyring show cam.keyring")],
            &[KEYRING],
            &["keyring-new", "key-show"],
        ),
        "pkg-keyring-update" => about(
            &[(
                "Accept a newer keyring, as a device does:",
                "pkg keyring update cam.keyring cam-2.keyring -o cam.keyring",
            )],
            &[KEYRING],
            &["keyring-edit", "keyring-show"],
        ),
        "pkg-explain" => about(
            &[("Explain a refusal:", "pkg explain SEP-5"), ("List all rules:", "pkg explain")],
            &[],
            &["check", "audit", "help"],
        ),
        "pkg-schema" => about(
            &[
                ("Write the schema of descriptions:", "pkg schema release"),
                ("List every key of a state file:", "pkg schema state --markdown"),
            ],
            &[("release.schema.json", "The schema that pkg init writes."), DESCRIPTION, HISTORY, STATE],
            &["init", "check"],
        ),
        "pkg-help" => about(
            &[
                ("Print what exit statuses mean:", "pkg help exit-status"),
                ("Print the help of a command:", "pkg help build"),
            ],
            &[],
            &["explain", "man"],
        ),
        "pkg-man" => about(
            &[("Write all pages to a folder:", "pkg man -o /usr/local/share/man/man1")],
            &[],
            &["completions", "help"],
        ),
        "pkg-completions" => about(
            &[("Print the completions of bash:", "pkg completions bash")],
            &[
                ("/usr/share/bash-completion/completions/pkg", "Where bash looks for them."),
                ("/usr/share/zsh/site-functions/_pkg", "Where zsh looks for them."),
                ("/usr/share/fish/vendor_completions.d/pkg.fish", "Where fish looks for them."),
            ],
            &["man"],
        ),
        _ => return None,
    })
}
