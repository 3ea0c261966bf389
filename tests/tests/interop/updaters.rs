//! Other people's updaters under pkg: bundles made by the real tools are recognised and compared, and the example client
//! hands them to the real tools through the hooks in `examples/client/hooks`. Where a tool is missing, the test says so.

use crate::boot_loaders::{has, output};
use crate::client::{INSTALLED, Life};
use pkg_tests::project::{FEATURE, Project, SECURITY, edited};
use pkg_tests::tool::{self, Run, workspace};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const FACTORY: &str = "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-a\"\n\n[[installed]]\nscope = \"product\"\n\
    components = [\"rootfs\"]\nempty = true\n";

/// Without the image of the boot loader, which belongs to the maker's updater.
const BOOT: &str = "[[image]]\ncomponent = \"boot\"\nfile = \"boot.img\"\n\n";

/// SWUpdate has sockets that the whole machine shares: tests that use it wait for each other.
static SWUPDATE: Mutex<()> = Mutex::new(());

/// A maker who has an updater, and a device with it.
struct Field {
    life: Life,
    hook: &'static str,
    /// Environment of the hook.
    environment: Vec<(&'static str, String)>,
}

impl Field {
    /// Keys and a device; no bundle yet.
    fn new(hook: &'static str) -> Field {
        let project = Project::new();
        for name in ["security", "feature", "delivery", "root"] {
            project.key(name);
        }
        let mut ring =
            vec!["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "cam.keyring"];
        ring.extend(["--add", "security=security.pub", "--add", "feature=feature.pub"]);
        ring.extend(["--add", "delivery=delivery.pub"]);
        project.done(&ring);
        for folder in ["offer", "device", "tools"] {
            fs::create_dir(project.path(folder)).expect("a folder");
        }
        project.write("device/factory.toml", FACTORY);
        project.write("runs", "a\n");
        Field { life: Life(project), hook, environment: Vec::new() }
    }

    fn project(&self) -> &Project {
        &self.life.0
    }

    fn tool(&self, command: &str) -> String {
        let command = format!("set -e; {command}");
        output(Command::new("sh").args(["-c", &command]).current_dir(self.project().dir()))
    }

    /// A program in front of those of the system.
    fn stand_in(&self, name: &str, text: &str) {
        let path = self.project().write(&format!("tools/{name}"), format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("executable");
    }

    /// The root file system of a release: one file differs.
    fn rootfs(&self, version: &str) {
        let _ = fs::remove_dir_all(self.project().path("tree"));
        fs::create_dir_all(self.project().path("tree/etc")).expect("a folder");
        self.project().write("tree/etc/motd", format!("Welcome to {version}\n"));
        self.project().write("tree/etc/tool", pkg_tests::fake::content("tool", 9_000));
        self.tool(&format!(
            "rm -f rootfs; mksquashfs tree rootfs -all-root -quiet -no-progress >/dev/null; cp rootfs rootfs-{version}"
        ));
    }

    /// Both releases, from bundles that `bundle` makes as the file `rootfs.img`.
    fn build(&self, bundle: impl Fn(&str)) {
        let sign = ["--delivery-key", "delivery.key", "--level", "fast"];
        let build = |text: &str, key: &str, more: &[&str]| {
            self.project().write("release.toml", text);
            let args = [&["build", "release.toml", "-o", ".", "--key", key][..], &sign, more].concat();
            self.project().done(&args);
        };
        self.rootfs("1.0.0");
        bundle("1.0.0");
        build(&edited(FEATURE, &[(BOOT, "")]), "feature.key", &[]);
        self.rootfs("1.0.1");
        bundle("1.0.1");
        let previous = "class = \"security\"\nprevious = \"cam-1.0.0.full.pkg\"";
        let touches = "severity = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N\"\ntouches = [\"TOUCHES\"]";
        let (severity, _) = touches.split_once('\n').expect("two lines");
        let touches = touches.replace(
            "TOUCHES",
            if self.hook == "mcuboot" { "rootfs:firmware" } else { "rootfs:**/etc/motd" },
        );
        let second =
            edited(SECURITY, &[(BOOT, ""), ("class = \"security\"", previous), (severity, &touches)]);
        // Everything that differs is touched by the fix: digests, versions and signatures of a bundle are no change.
        build(&second, "security.key", &["--keyring", "cam.keyring", "--strict-separation"]);
    }

    fn inspect(&self) -> serde_json::Value {
        let text = self.project().done(&[
            "inspect",
            "cam-1.0.1.full.pkg",
            "--keyring",
            "cam.keyring",
            "--contents",
            "--json",
        ]);
        let page =
            self.project().done(&["inspect", "cam-1.0.1.full.pkg", "--keyring", "cam.keyring", "--contents"]);
        assert!(page.contains("keys of its own"), "{page}");
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        all["contents"][0].clone()
    }

    /// The paths that `pkg diff` lists.
    fn changed(&self) -> Vec<String> {
        let text = self.project().done(&["diff", "cam-1.0.0.full.pkg", "cam-1.0.1.full.pkg", "--json"]);
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let changes =
            all["images"][0]["files"].as_array().unwrap_or_else(|| panic!("files in {text}")).clone();
        changes.iter().map(|c| c["path"].as_str().expect("a path").to_owned()).collect()
    }

    fn client(&self, boot: &str, more: &[&str]) -> Run {
        self.answered(boot, &[&["--yes"], more].concat(), "")
    }

    /// One call of the client after this start of the device, with answers on standard input.
    fn answered(&self, boot: &str, more: &[&str], answers: &str) -> Run {
        let mut command = Command::new(tool::path().with_file_name("client"));
        let hook = format!("hook:{}", workspace().join("examples/client/hooks").join(self.hook).display());
        command.args(["--folder", "offer", "--keyring", "cam.keyring", "--device", "device"]);
        command.args(["--boot", &hook, "--boot-id", boot]).args(more);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.project().path("tools").display()));
        command.envs(self.environment.iter().map(|(k, v)| (*k, v)));
        self.project().write("answers", answers);
        let answers = fs::File::open(self.project().path("answers")).expect("answers");
        tool::of(command.current_dir(self.project().dir()).stdin(answers).output().expect("it runs"))
    }

    fn says(&self, boot: &str, more: &[&str], what: &str) {
        let run = self.client(boot, more);
        assert!(run.status == Some(0) && run.stdout.contains(what), "{what}:\n{}{}", run.stdout, run.stderr);
    }

    /// Both releases are installed; `start` starts what the updater chose, `shows` sees that it was written.
    fn lives(&self, mut start: impl FnMut(), shows: impl Fn(&str)) {
        self.life.offer("cam-1.0.0.full.pkg");
        self.says("1", &[], INSTALLED);
        shows("1.0.0");
        self.says("1", &[], "waits for its start");
        let early = self.client("1", &["--booted", "ok"]);
        assert!(early.stderr.contains("not the one that was installed"), "{}", early.stderr);
        start();
        self.says("2", &["--booted", "ok"], "confirmed");
        self.life.offer("cam-1.0.1.full.pkg");
        self.says("2", &[], INSTALLED);
        shows("1.0.1");
        // It is restarted, and what ran before runs again.
        self.says("3", &[], "fell back");
        self.says("3", &[], "declined");
        let run = self.answered("3", &["--ask"], "y\ny\n");
        assert!(run.stdout.contains(INSTALLED), "{}{}", run.stdout, run.stderr);
        start();
        self.says("4", &["--booted", "ok"], "confirmed");
        self.says("4", &[], "up-to-date");
    }

    /// Another start of the device, from the other slot.
    fn switch(&self) {
        let now = String::from_utf8(self.project().read("runs")).expect("text");
        self.project().write("runs", if now.trim() == "a" { "b\n" } else { "a\n" });
    }

    /// A key and a certificate of the updater's own.
    fn certificate(&self) {
        self.tool(
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 36500 -subj /CN=maker \
             -addext extendedKeyUsage=emailProtection,codeSigning 2>/dev/null",
        );
    }
}

/// What runs on the device, as far as these tests go.
struct Running(Vec<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn swupdate_installs_what_the_client_hands_over() {
    if !has("swupdate", "swupdate") || !has("mksquashfs", "squashfs-tools") {
        return;
    }
    let _alone = SWUPDATE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut field = Field::new("swupdate");
    field.certificate();
    field.project().write("slot", vec![0; 1 << 16]);
    let slot = field.project().arg("slot");
    field.build(|version| {
        let description = format!(
            "software = {{\n version = \"{version}\";\n hardware-compatibility: [ \"1.0\" ];\n images: ( {{ filename = \
             \"rootfs\"; device = \"{slot}\"; sha256 = \"SUM\"; }} );\n}}\n"
        );
        field.project().write("sw-description", description);
        field.tool(
            "sed -i s/SUM/$(sha256sum rootfs | cut -c-64)/ sw-description; openssl cms -sign -in sw-description \
             -out sw-description.sig -signer c.pem -inkey k.pem -outform DER -nosmimecap -binary; \
             printf 'sw-description\\nsw-description.sig\\nrootfs\\n' | cpio -o -H crc --quiet >rootfs.img",
        );
    });
    let shown = field.inspect();
    assert_eq!(shown["bundle"]["updater"], "swupdate");
    assert_eq!(
        (&shown["bundle"]["version"], &shown["bundle"]["compatible"][0]),
        (&"1.0.1".into(), &"1.0".into())
    );
    assert_eq!(shown["bundle"]["images"][0]["slot"], slot);
    assert_eq!(field.changed(), ["rootfs/etc/motd"]);

    field.stand_in("findmnt", &format!("cat {}", field.project().arg("runs")));
    field.stand_in("fw_setenv", "exit 0");
    field.environment.push(("SWUPDATE_OPTIONS", format!("-k {} -H board:1.0", field.project().arg("c.pem"))));
    field.lives(
        || field.switch(),
        |version| {
            let rootfs = field.project().read(&format!("rootfs-{version}"));
            assert!(field.project().read("slot").starts_with(&rootfs), "SWUpdate wrote {version}");
        },
    );
}

#[test]
fn swupdate_refuses_another_signer_and_the_release_is_not_tried_again() {
    if !has("swupdate", "swupdate") || !has("mksquashfs", "squashfs-tools") {
        return;
    }
    let _alone = SWUPDATE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut field = Field::new("swupdate");
    field.certificate();
    field.build(|_| {
        field.project().write("sw-description", "software = { version = \"1\"; images: ( { filename = \"rootfs\"; } ); }");
        field.tool("echo no >sw-description.sig; printf 'sw-description\\nsw-description.sig\\nrootfs\\n' | cpio -o -H crc --quiet >rootfs.img");
    });
    field.stand_in("findmnt", "echo /dev/one");
    field.stand_in("fw_setenv", "exit 0");
    field.environment.push(("SWUPDATE_OPTIONS", format!("-k {} -H board:1.0", field.project().arg("c.pem"))));
    field.life.offer("cam-1.0.0.full.pkg");
    let run = field.client("1", &[]);
    assert!(
        run.status == Some(2) && run.stderr.contains("the hook failed to install"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    assert!(run.stdout.contains("taken back"), "{}", run.stdout);
    assert!(!field.client("1", &[]).stdout.contains(INSTALLED), "declined");
}

#[test]
fn mender_installs_what_the_client_hands_over() {
    if !has("mender-artifact", "mender-artifact") || !has("mksquashfs", "squashfs-tools") {
        return;
    }
    let field = Field::new("mender");
    field.tool("openssl ecparam -genkey -name prime256v1 -noout -out k.pem 2>/dev/null; openssl ec -in k.pem -pubout -out p.pem 2>/dev/null");
    field.build(|version| {
        field.tool(&format!(
            "mender-artifact write rootfs-image -t board -n cam-{version} -f rootfs -k k.pem -o rootfs.img >/dev/null 2>&1"
        ));
    });
    let shown = field.inspect();
    assert_eq!(shown["bundle"]["updater"], "mender");
    assert_eq!(
        (&shown["bundle"]["version"], &shown["bundle"]["compatible"][0]),
        (&"cam-1.0.1".into(), &"board".into())
    );
    assert_eq!(field.changed(), ["data/0000/rootfs/etc/motd"]);

    // Debian has no mender-update: this stands for it. It checks the artifact with the real tool and unpacks its payload.
    let (key, slot) = (field.project().arg("p.pem"), field.project().arg("slot"));
    field.stand_in(
        "mender-update",
        &format!(
            "set -e; [ \"$1\" != install ] || {{ mender-artifact validate -k {key} \"$2\" >&2; \
             tar -xOf \"$2\" data/0000.tar.gz | tar -xzOf - >{slot}; }}"
        ),
    );
    field.stand_in("findmnt", &format!("cat {}", field.project().arg("runs")));
    field.lives(
        || field.switch(),
        |version| {
            let rootfs = field.project().read(&format!("rootfs-{version}"));
            assert!(field.project().read("slot") == rootfs, "{version}");
        },
    );
}

#[test]
fn an_image_of_mcuboot_is_written_as_imgtool_pads_it() {
    if !has("imgtool", "none; PyPI: imgtool") {
        return;
    }
    let mut field = Field::new("mcuboot");
    field.tool("imgtool keygen -t ed25519 -k k.pem");
    let sign = |field: &Field, version: &str, more: &str, out: &str| {
        field
            .project()
            .write("firmware.bin", [pkg_tests::fake::content("firmware", 9_000), version.into()].concat());
        field.tool(&format!(
            "imgtool sign -k k.pem --header-size 0x80 --align 4 --slot-size 0x20000 --version {version} --pad-header \
             {more} firmware.bin {out} >/dev/null"
        ));
    };
    field.build(|version| sign(&field, version, "", "rootfs.img"));
    let shown = field.inspect();
    assert_eq!(
        (&shown["bundle"]["updater"], &shown["bundle"]["version"]),
        (&"mcuboot".into(), &"1.0.1".into())
    );
    let said = field.tool("imgtool verify -k k.pem rootfs.img");
    assert!(said.contains(shown["bundle"]["hash"].as_str().expect("a hash")), "{said}");
    assert_eq!(field.changed(), ["firmware"]);

    sign(&field, "0.9.0", "--pad --confirm", "primary");
    field.project().write("secondary", vec![0xff; 0x20000]);
    for (variable, name) in [("MCUBOOT_PRIMARY", "primary"), ("MCUBOOT_SECONDARY", "secondary")] {
        field.environment.push((variable, field.project().arg(name)));
    }
    let start = || {
        // MCUboot swaps: what is tried is in the primary slot, not confirmed.
        let (one, two) = (field.project().read("primary"), field.project().read("secondary"));
        field.project().write("primary", two);
        field.project().write("secondary", one);
    };
    field.lives(start, |version| {
        sign(&field, version, "--pad", "padded");
        let written = field.project().read("secondary");
        let padded = field.project().read("padded");
        // ed25519 signs the same bytes alike.
        assert!(written == padded, "{version} is in the secondary slot, to be tried once");
        field.tool("imgtool verify -k k.pem secondary");
    });
    sign(&field, "1.0.1", "--pad --confirm", "padded");
    assert!(field.project().read("primary") == field.project().read("padded"), "confirmed");
}

/// RAUC's service on a bus of its own. The slots are files, and a script stands for the boot loader.
fn service(field: &Field, booted: &str) -> Running {
    let mut running = Running(Vec::new());
    let mut bus = Command::new("dbus-daemon");
    let address = format!("unix:path={}", field.project().arg("bus"));
    let _ = fs::remove_file(field.project().path("bus"));
    bus.args(["--session", "--nofork", "--nopidfile", "--address", &address]);
    running.0.push(bus.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a bus"));
    let patience = Instant::now() + Duration::from_secs(60);
    while !Path::new(&field.project().arg("bus")).exists() {
        assert!(Instant::now() < patience, "no bus");
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut rauc = Command::new("rauc");
    rauc.args([
        "--conf",
        &field.project().arg("system.conf"),
        "service",
        &format!("--override-boot-slot={booted}"),
    ]);
    rauc.env("DBUS_SYSTEM_BUS_ADDRESS", &address).stdout(Stdio::null()).stderr(Stdio::null());
    running.0.push(rauc.spawn().expect("a service"));
    loop {
        let mut status = Command::new("rauc");
        status.arg("status").env("DBUS_SYSTEM_BUS_ADDRESS", &address);
        if tool::of(status.output().expect("rauc runs")).status == Some(0) {
            return running;
        }
        assert!(Instant::now() < patience, "rauc does not answer");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn rauc_installs_what_the_client_hands_over() {
    let tools = [("rauc", "rauc"), ("dbus-daemon", "dbus"), ("mksquashfs", "squashfs-tools")];
    if !tools.iter().all(|(tool, package)| has(tool, package)) {
        return;
    }
    let mut field = Field::new("rauc");
    field.certificate();
    field.build(|version| {
        // Without a device mapper RAUC installs the format "plain" only.
        let manifest = format!(
            "[update]\ncompatible=acme-cam\nversion={version}\n\n[bundle]\nformat=plain\n\n[image.rootfs]\nfilename=rootfs.img\n"
        );
        field.tool("rm -rf bundle rootfs.img; mkdir bundle; cp rootfs bundle/rootfs.img");
        field.project().write("bundle/manifest.raucm", manifest);
        field.tool("rauc --cert c.pem --key k.pem bundle bundle rootfs.img >/dev/null 2>&1");
    });
    let shown = field.inspect();
    assert_eq!((&shown["bundle"]["updater"], &shown["bundle"]["version"]), (&"rauc".into(), &"1.0.1".into()));
    assert_eq!(shown["bundle"]["images"][0]["slot"], "rootfs");
    assert_eq!(field.changed(), ["rootfs.img/etc/motd"]);

    for slot in ["slot-a", "slot-b"] {
        field.project().write(slot, vec![0; 1 << 16]);
    }
    // The backend of a boot loader: a file for the first slot, and one for the state of each.
    let backend = "case $1 in get-primary) cat primary;; set-primary) echo $2 >primary;; \
                   get-state) cat state-$2;; set-state) echo $3 >state-$2;; esac";
    field.stand_in("backend", &format!("cd {}; {backend}", field.project().dir().display()));
    for (name, text) in [("primary", "A\n"), ("state-A", "good\n"), ("state-B", "good\n")] {
        field.project().write(name, text);
    }
    let path = |name: &str| field.project().arg(name);
    let system = format!(
        "[system]\ncompatible=acme-cam\nbootloader=custom\nbundle-formats=plain verity\nstatusfile={}\n\n[handlers]\n\
         bootloader-custom-backend={}\n\n[keyring]\npath={}\n\n[slot.rootfs.0]\ndevice={}\ntype=raw\nbootname=A\n\n\
         [slot.rootfs.1]\ndevice={}\ntype=raw\nbootname=B\n",
        path("status"),
        path("tools/backend"),
        path("c.pem"),
        path("slot-a"),
        path("slot-b"),
    );
    field.project().write("system.conf", system);
    field.environment.push(("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}", path("bus"))));

    let primary = || String::from_utf8(field.project().read("primary")).expect("text").trim().to_owned();
    let wrote = |slot: &str, version: &str| {
        let rootfs = field.project().read(&format!("rootfs-{version}"));
        assert!(field.project().read(slot).starts_with(&rootfs), "{slot}: {version}");
    };
    field.life.offer("cam-1.0.0.full.pkg");
    let on_a = service(&field, "A");
    field.says("1", &[], INSTALLED);
    wrote("slot-b", "1.0.0");
    assert_eq!(primary(), "B");
    drop(on_a);
    let on_b = service(&field, "B");
    field.says("2", &["--booted", "ok"], "confirmed");
    field.life.offer("cam-1.0.1.full.pkg");
    field.says("2", &[], INSTALLED);
    wrote("slot-a", "1.0.1");
    assert_eq!(primary(), "A");
    // Slot a does not start: RAUC's other slot runs again.
    drop(on_b);
    let again = service(&field, "B");
    field.says("3", &[], "fell back");
    assert_eq!(field.project().read("state-A"), b"bad\n");
    drop(again);
}
