//! The page in a real browser: headless Chromium, where it is installed (tests/run installs it).

use pkg_tests::tool;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn browser() -> Option<&'static str> {
    let found = |name: &&str| {
        Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(found)
}

/// Runs the browser on a page; what it printed on both streams.
fn run(browser: &str, profile: &Path, args: &[&str]) -> (String, String) {
    let profile = format!("--user-data-dir={}", profile.display());
    let mut child = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--enable-logging=stderr",
        ])
        .arg(profile)
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the browser starts");
    // A browser that hangs must not hold up the gate.
    let until = Instant::now() + Duration::from_secs(120);
    while child.try_wait().expect("a child").is_none() {
        if Instant::now() > until {
            child.kill().expect("it ends");
            panic!("the browser hangs");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = child.wait_with_output().expect("its output");
    (String::from_utf8_lossy(&output.stdout).into(), String::from_utf8_lossy(&output.stderr).into())
}

#[test]
fn the_page_in_a_browser() {
    let Some(browser) = browser() else {
        println!("no Chromium is installed: the page is not looked at");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let golden = "testdata/golden/format-1";
    let page = folder.path().join("report.html");
    let keyring = format!("{golden}/EXAMPLE.keyring");
    let args = ["audit", golden, "--keyring", &keyring, "--danger-allow-example-keys", "--format", "html"];
    let mut args = args.to_vec();
    let out = page.to_str().expect("UTF-8");
    args.extend(["-o", out]);
    assert_eq!(tool::run(&tool::workspace(), &args).status, Some(1));
    let url = format!("file://{out}");
    let profile = folder.path().join("profile");

    // The browser reads it as it was meant, and has nothing to complain of.
    let (dom, log) = run(browser, &profile, &["--dump-dom", &url]);
    for part in [
        "Audit of acme cam-x1",
        "class=\"skip\"",
        "<main",
        "aria-labelledby",
        "<svg",
        "CVE-2026-23456",
        "</footer>",
    ] {
        assert!(dom.contains(part), "no {part} in the page");
    }
    let complaints: Vec<_> =
        log.lines().filter(|l| l.contains("CONSOLE") || l.contains("Refused to")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");

    // Light and dark are drawn, and are not the same picture; neither is blank.
    let mut pictures = Vec::new();
    for (name, scheme) in [("light.png", "1"), ("dark.png", "0")] {
        let picture = folder.path().join(name);
        let shot = format!("--screenshot={}", picture.display());
        let scheme = format!("--blink-settings=preferredColorScheme={scheme}");
        run(browser, &profile, &["--window-size=1280,1600", &scheme, &shot, &url]);
        pictures.push(std::fs::read(&picture).expect("a screenshot"));
    }
    for picture in &pictures {
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 40_000, "{} bytes", picture.len());
    }
    assert_ne!(pictures[0], pictures[1], "dark is light");

    // It prints: as many pages as a report has, not one and not fifty.
    let pdf = folder.path().join("report.pdf");
    let print = format!("--print-to-pdf={}", pdf.display());
    run(browser, &profile, &["--no-pdf-header-footer", &print, &url]);
    let pdf = std::fs::read(&pdf).expect("a PDF");
    let pages = String::from_utf8_lossy(&pdf).matches("/Type /Page\n").count();
    assert!(pdf.starts_with(b"%PDF") && (3..=12).contains(&pages), "{pages} pages");
}
