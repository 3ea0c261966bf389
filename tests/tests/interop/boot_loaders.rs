//! The boot loaders of the client, compared with the tools that belong to them: `fw_setenv` and `fw_printenv` of
//! libubootenv, `grub-editenv`, `bootctl` of systemd, and RAUC's own service. The real tool makes the variables, plays
//! the boot script, and reads what the client wrote. Where a tool is missing, the test says so.

use crate::client::{INSTALLED, Life};
use pkg_tests::tool::{self, Run};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// `fw_setenv` has one lock for the whole machine: tests that use it wait for each other.
static FW_SETENV: Mutex<()> = Mutex::new(());

/// A device on which release 1.0.0 runs from slot a, and its boot loader.
struct Device {
    life: Life,
    boot: String,
}

impl Device {
    fn new(boot: &str) -> Device {
        Device { life: Life::begun(20_000), boot: boot.into() }
    }

    fn path(&self, name: &str) -> String {
        self.life.0.arg(name)
    }

    /// One call of the client after a start from this slot.
    fn client(&self, slot: &str, more: &[&str]) -> Run {
        let mut command = Command::new(tool::path().with_file_name("client"));
        command.args(["--folder", "offer", "--keyring", "cam.keyring", "--device", "device", "--yes"]);
        command.args(["--boot", &self.boot, "--slot", slot]).args(more);
        tool::of(
            command.current_dir(self.life.0.dir()).stdin(Stdio::null()).output().expect("the client runs"),
        )
    }

    fn says(&self, slot: &str, more: &[&str], what: &str) {
        let run = self.client(slot, more);
        assert!(run.status == Some(0) && run.stdout.contains(what), "{what}:\n{}{}", run.stdout, run.stderr);
    }

    fn refuses(&self, slot: &str, more: &[&str], why: &str) {
        let run = self.client(slot, more);
        assert!(run.status == Some(2) && run.stderr.contains(why), "{why}:\n{}{}", run.stdout, run.stderr);
    }

    /// An update that works, and one that does not: `start` is what the boot script does when it starts a slot;
    /// `shows` compares what the tool reads with what is expected after each step.
    fn lives(&self, start: &dyn Fn(&str), shows: &dyn Fn(Step)) {
        self.says("a", &[], "up-to-date");
        shows(Step::RunsA);
        self.life.offer("cam-1.0.1.full.pkg");
        self.says("a", &[], INSTALLED);
        shows(Step::TriesB);
        self.refuses("a", &["--booted", "ok"], "not the one that was installed");
        start("b");
        self.says("b", &[], "waits for its start");
        self.says("b", &["--booted", "ok"], "confirmed");
        shows(Step::RunsB);
        self.refuses("a", &[], "not the one that the state says");
        shows(Step::RunsB);

        self.life.offer("cam-1.1.0.full.pkg");
        self.says("b", &[], INSTALLED);
        start("a");
        start("b");
        self.says("b", &[], "fell back");
        shows(Step::BackToB);
        self.says("b", &[], "declined");
        shows(Step::BackToB);
    }
}

/// Where the life of a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    RunsA,
    TriesB,
    RunsB,
    BackToB,
}

/// Whether a program is there; if not, this says what is left out.
pub(crate) fn has(program: &str, package: &str) -> bool {
    let there = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|p| p.join(program).exists()));
    if !there {
        eprintln!("left out: no {program} here (Debian: {package})");
    }
    there
}

pub(crate) fn output(command: &mut Command) -> String {
    let run = tool::of(command.output().expect("the tool runs"));
    assert_eq!(run.status, Some(0), "{command:?}: {}{}", run.stdout, run.stderr);
    run.stdout
}

/// `name=value` lines of a tool that do not depend on their order.
fn expect(lines: &str, expected: &[&str]) {
    for line in expected {
        assert!(lines.lines().any(|l| l == *line), "{line} in\n{lines}");
    }
}

/// Two copies of U-Boot's environment in one file, made by `fw_setenv` with these variables.
fn make_environment(device: &Device, variables: &str) {
    device.life.0.write("env", vec![0xff; 0x4000]);
    let env = device.path("env");
    device.life.0.write("fw_env.config", format!("# a comment\n{env} 0x0 0x2000\n{env}\t0x2000 0x2000\n"));
    device.life.0.write("defaults", variables);
    let (config, defaults) = (device.path("fw_env.config"), device.path("defaults"));
    output(Command::new("fw_setenv").args(["-c", &config, "-f", &defaults, "made", "yes"]));
}

fn fw_printenv(device: &Device) -> String {
    output(Command::new("fw_printenv").args(["-c", &device.path("fw_env.config")]))
}

fn fw_setenv(device: &Device, name: &str, value: &str) {
    output(Command::new("fw_setenv").args(["-c", &device.path("fw_env.config"), name, value]));
}

fn grub_editenv(file: &str, what: &[&str]) -> String {
    let lines = output(Command::new("grub-editenv").arg(file).args(what));
    assert_eq!(fs::metadata(file).expect("it is there").len(), 1024);
    lines
}

#[test]
fn u_boots_environment_is_shared_with_fw_setenv() {
    if !has("fw_setenv", "libubootenv-tool") {
        return;
    }
    let mut device = Device::new("");
    device.boot = format!("uboot:{}", device.path("fw_env.config"));
    let _alone = FW_SETENV.lock().unwrap_or_else(PoisonError::into_inner);
    make_environment(&device, "boot_slot=a\nodd=a=b c\n");
    let start = |slot: &str| {
        let printed = fw_printenv(&device);
        let count = printed.lines().find_map(|l| l.strip_prefix("bootcount=")).expect("a count");
        let count = count.parse::<u32>().expect("a number") + 1;
        fw_setenv(&device, "bootcount", &count.to_string());
        let named = printed.contains(&format!("boot_slot={slot}\n"));
        assert_eq!(named, count <= 1, "U-Boot starts the slot, and the other one above its limit");
    };
    device.lives(&start, &|step| {
        let expected = match step {
            Step::RunsA => ["boot_slot=a"].to_vec(),
            Step::TriesB => ["boot_slot=b", "upgrade_available=1", "bootcount=0", "bootlimit=1"].to_vec(),
            Step::RunsB | Step::BackToB => ["boot_slot=b", "upgrade_available=0", "bootcount=0"].to_vec(),
        };
        expect(&fw_printenv(&device), &[&expected[..], &["odd=a=b c", "made=yes"]].concat());
    });

    // Each of the two copies in turn is spoilt: the tool and the client take the other one.
    for _ in 0..2 {
        fw_setenv(&device, "upgrade_available", "1");
        let whole = device.life.0.read("env");
        let newer = usize::from(whole[0x2004] > whole[4]);
        let mut spoilt = whole.clone();
        spoilt[newer * 0x2000 + 100] ^= 1;
        device.life.0.write("env", &spoilt);
        expect(&fw_printenv(&device), &["boot_slot=b", "upgrade_available=0"]);
        assert!(device.client("b", &[]).status == Some(0));
        fw_setenv(&device, "turn", "next");
        expect(&fw_printenv(&device), &["boot_slot=b", "turn=next", "odd=a=b c"]);
    }
    let mut spoilt = device.life.0.read("env");
    spoilt[5..100].fill(b'x');
    spoilt[0x2005..0x2064].fill(b'x');
    device.life.0.write("env", &spoilt);
    device.refuses("b", &[], "no copy of U-Boot's environment is whole");
    assert_eq!(device.life.0.read("env"), spoilt, "and nothing is written");
}

#[test]
fn grubs_block_is_shared_with_grub_editenv() {
    if !has("grub-editenv", "grub-common") {
        return;
    }
    let mut device = Device::new("");
    let file = device.path("grubenv");
    device.boot = format!("grub:{file}");
    grub_editenv(&file, &["create"]);
    grub_editenv(&file, &["set", "saved_entry=a", r"odd=a\b=c"]);
    let start = |slot: &str| {
        let all = grub_editenv(&file, &["list"]);
        let value = |name: &str| all.lines().find_map(|l| l.strip_prefix(name).filter(|v| !v.is_empty()));
        assert_eq!(value("next_entry=").or(value("saved_entry=")), Some(slot));
        grub_editenv(&file, &["set", "next_entry="]);
    };
    device.lives(&start, &|step| {
        let expected = match step {
            Step::RunsA => ["saved_entry=a"].to_vec(),
            Step::TriesB => ["saved_entry=a", "next_entry=b", "pkg_try=b"].to_vec(),
            Step::RunsB | Step::BackToB => ["saved_entry=b"].to_vec(),
        };
        let all = grub_editenv(&file, &["list"]);
        expect(&all, &[&expected[..], &[r"odd=a\b=c"]].concat());
        assert_eq!(all.contains("next_entry"), step == Step::TriesB);
    });
    let mut block = device.life.0.read("grubenv");
    block.push(b'#');
    device.life.0.write("grubenv", &block);
    device.refuses("b", &[], "1,024 bytes");
    device.life.0.write("grubenv", &block[..1000]);
    device.refuses("b", &[], "1,024 bytes");
}

#[test]
fn entries_of_systemd_boot_are_as_bootctl_reads_them() {
    if !has("bootctl", "systemd-boot") || !has("unshare", "util-linux") {
        return;
    }
    let mut device = Device::new("");
    device.boot = format!("systemd:{}", device.path("esp"));
    let entries = device.life.0.path("esp/loader/entries");
    fs::create_dir_all(&entries).expect("a folder");
    device.life.0.write("esp/loader/loader.conf", "timeout 3\ndefault pkg-*\n");
    device.life.0.write("esp/vmlinuz", "");
    for name in ["pkg-1-b.conf", "pkg-2-a.conf", "rescue+3.conf"] {
        let text = format!("title {name}\nlinux /vmlinuz\n");
        fs::write(entries.join(name), text).expect("written");
    }
    // What systemd-boot does, by the names in its documentation: it counts in the name and starts the first.
    let start = |slot: &str| {
        let first = bootctl(&device).into_iter().find(|n| n.starts_with("pkg-")).expect("an entry");
        assert_eq!(first.split(['-', '+', '.']).nth(2), Some(slot), "{first}");
        if let Some(uncounted) = first.strip_suffix("+1.conf") {
            let new = entries.join(format!("{uncounted}+0-1.conf"));
            fs::rename(entries.join(&first), new).expect("renamed");
        }
    };
    device.lives(&start, &|step| {
        let names = bootctl(&device);
        let ours: Vec<_> = names.iter().filter(|n| n.starts_with("pkg-")).map(String::as_str).collect();
        let expected = match step {
            Step::RunsA => ["pkg-2-a.conf", "pkg-1-b.conf"],
            Step::TriesB => ["pkg-3-b+1.conf", "pkg-2-a.conf"],
            Step::RunsB => ["pkg-3-b.conf", "pkg-2-a.conf"],
            Step::BackToB => ["pkg-5-b.conf", "pkg-4-a+0-1.conf"],
        };
        assert_eq!(ours, expected, "{step:?}, in the order in which systemd-boot prefers them");
        assert!(entries.join("rescue+3.conf").exists());
    });
    device.life.0.write("esp/loader/loader.conf", "default pkg-3-b.conf\n");
    device.refuses("b", &[], "no try counts");
}

/// The file names of the entries in the order of `bootctl list`, or by the rules of its documentation where nothing
/// may be mounted. `bootctl` only takes the root of a file system for an ESP.
fn bootctl(device: &Device) -> Vec<String> {
    let esp = device.life.0.path("esp");
    let script = "mkdir -p root && mount -t tmpfs none root && cp -r esp/. root && \
        SYSTEMD_RELAX_ESP_CHECKS=1 bootctl --esp-path=\"$PWD/root\" --no-pager --json=short list";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).current_dir(esp.parent().expect("a folder"));
    let run = tool::of(command.output().expect("unshare runs"));
    if run.status != Some(0) {
        eprintln!("left out: bootctl does not run here, names are compared alone: {}", run.stderr);
        return by_name(&esp);
    }
    let names = run.stdout.split("/loader/entries/").skip(1);
    names.map(|rest| rest.split('"').next().expect("a name").to_owned()).collect()
}

fn by_name(esp: &Path) -> Vec<String> {
    let all = fs::read_dir(esp.join("loader/entries")).expect("a folder");
    let mut names: Vec<_> =
        all.map(|e| e.expect("an entry").file_name().into_string().expect("text")).collect();
    names.sort_by_key(|name| (!name.contains("+0"), name.clone()));
    names.reverse();
    names
}

/// RAUC's service on files, on a bus of its own; ends with the test.
struct Rauc {
    running: Vec<Child>,
    bus: String,
}

impl Rauc {
    /// With this part of the system configuration, on a device that started slot B.
    fn start(device: &Device, boot_loader: &str) -> Rauc {
        let life = &device.life.0;
        for file in ["slot-a", "slot-b", "keyring.pem"] {
            life.write(file, "");
        }
        let slot = |number: u8, file: &str, name: &str| {
            let path = device.path(file);
            format!("[slot.rootfs.{number}]\ndevice={path}\ntype=raw\nbootname={name}\n")
        };
        let keyring = format!("[keyring]\npath={}\n", device.path("keyring.pem"));
        let (a, b) = (slot(0, "slot-a", "A"), slot(1, "slot-b", "B"));
        life.write("system.conf", format!("[system]\ncompatible=cam\n{boot_loader}\n{keyring}{a}{b}"));
        // RAUC calls the tool without its configuration, which is in /etc on a device.
        fs::create_dir(life.path("bin")).expect("a folder");
        for name in ["fw_setenv", "fw_printenv"] {
            let config = device.path("fw_env.config");
            let tool = format!("#!/bin/sh\nPATH=${{PATH#*:}}\nexec {name} -c '{config}' \"$@\"\n");
            life.write(&format!("bin/{name}"), tool);
            output(Command::new("chmod").args(["+x", &device.path(&format!("bin/{name}"))]));
        }
        let path = format!("{}:{}", device.path("bin"), std::env::var("PATH").expect("a path"));
        let bus = format!("unix:path={}", device.path("bus"));
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--address", &bus]);
        let mut running = vec![daemon.stderr(Stdio::null()).spawn().expect("dbus-daemon starts")];
        let patience = Instant::now() + Duration::from_secs(60);
        while !life.path("bus").exists() {
            assert!(Instant::now() < patience, "dbus-daemon does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        let mut service = Command::new("rauc");
        service.args(["--conf", &device.path("system.conf"), "--override-boot-slot=B", "service"]);
        service.env("DBUS_SYSTEM_BUS_ADDRESS", &bus).env("PATH", path);
        running.push(service.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("rauc starts"));
        let rauc = Rauc { running, bus };
        while rauc.run(&[]).status != Some(0) {
            assert!(Instant::now() < patience, "rauc does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        rauc
    }

    fn run(&self, what: &[&str]) -> Run {
        let mut command = Command::new("rauc");
        command.arg("status").args(what).env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus);
        tool::of(command.output().expect("rauc runs"))
    }

    /// The primary slot, and what RAUC says of both.
    fn is(&self, primary: &str, a: &str, b: &str) {
        let said = self.run(&["--output-format=json"]).stdout;
        let after = |what: &str| {
            said.split_once(what).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default().to_owned()
        };
        assert_eq!(after("\"boot_primary\":\""), primary, "{said}");
        for (slot, status) in [("A", a), ("B", b)] {
            let (_, rest) = said.split_once(&format!("\"bootname\":\"{slot}\"")).expect("the slot");
            let (_, rest) = rest.split_once("\"boot_status\":\"").expect("its status");
            assert!(rest.starts_with(&format!("{status}\"")), "{slot} {status}: {said}");
        }
    }
}

impl Drop for Rauc {
    fn drop(&mut self) {
        for child in self.running.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// After an update that worked and one that was reverted; RAUC changes what the client wrote, and the reverse.
fn rauc_agrees(device: &Device, boot_loader: &str) {
    if !has("rauc", "rauc") || !has("dbus-daemon", "dbus") {
        return;
    }
    let rauc = Rauc::start(device, boot_loader);
    rauc.is("rootfs.1", "bad", "good");
    assert_eq!(rauc.run(&["mark-active", "other"]).status, Some(0));
    rauc.is("rootfs.0", "good", "good");
    device.says("b", &[], "declined");
    rauc.is("rootfs.1", "bad", "good");
}

#[test]
fn raucs_variables_of_u_boot_are_shared_with_fw_setenv_and_rauc() {
    if !has("fw_setenv", "libubootenv-tool") {
        return;
    }
    let mut device = Device::new("");
    device.boot = format!("rauc-uboot:{}", device.path("fw_env.config"));
    let _alone = FW_SETENV.lock().unwrap_or_else(PoisonError::into_inner);
    make_environment(&device, "BOOT_ORDER=A B\nBOOT_A_LEFT=3\nBOOT_B_LEFT=3\nodd=x\n");
    let start = |slot: &str| {
        let left = format!("BOOT_{}_LEFT", slot.to_uppercase());
        let printed = fw_printenv(&device);
        let count = printed.lines().find_map(|l| l.strip_prefix(&left)?.strip_prefix('=')).expect("a count");
        fw_setenv(&device, &left, &(count.parse::<u32>().expect("a number") - 1).to_string());
    };
    device.lives(&start, &|step| {
        let expected = match step {
            Step::RunsA => ["BOOT_ORDER=A B", "BOOT_A_LEFT=3"],
            Step::TriesB => ["BOOT_ORDER=B A", "BOOT_B_LEFT=1"],
            Step::RunsB => ["BOOT_ORDER=B A", "BOOT_B_LEFT=3"],
            Step::BackToB => ["BOOT_ORDER=B A", "BOOT_A_LEFT=0"],
        };
        expect(&fw_printenv(&device), &[&expected[..], &["odd=x"]].concat());
    });
    rauc_agrees(&device, "bootloader=uboot");
}

#[test]
fn raucs_variables_of_grub_are_shared_with_grub_editenv_and_rauc() {
    if !has("grub-editenv", "grub-common") {
        return;
    }
    let mut device = Device::new("");
    let file = device.path("grubenv");
    device.boot = format!("rauc-grub:{file}");
    grub_editenv(&file, &["create"]);
    grub_editenv(&file, &["set", "ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0", "odd=x"]);
    let start = |slot: &str| {
        grub_editenv(&file, &["set", &format!("{}_TRY=1", slot.to_uppercase())]);
    };
    device.lives(&start, &|step| {
        let expected = match step {
            Step::RunsA => ["ORDER=A B", "A_OK=1", "A_TRY=0"],
            Step::TriesB | Step::RunsB => ["ORDER=B A", "B_OK=1", "B_TRY=0"],
            Step::BackToB => ["ORDER=B A", "A_OK=0", "B_TRY=0"],
        };
        expect(&grub_editenv(&file, &["list"]), &[&expected[..], &["odd=x"]].concat());
    });
    rauc_agrees(&device, &format!("bootloader=grub\ngrubenv={file}"));
}
