//! The page in a real browser: headless Chromium, where it is installed (tests/run installs it).

use super::History;
use pkg_tests::project::{FEATURE, SECURITY};
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
    let pages = printed(browser, &profile, &url, &folder.path().join("report.pdf"));
    assert!((3..=10).contains(&pages), "{pages} pages");
}

/// How many pages a page prints on.
fn printed(browser: &str, profile: &Path, url: &str, pdf: &Path) -> usize {
    let print = format!("--print-to-pdf={}", pdf.display());
    run(browser, profile, &["--no-pdf-header-footer", &print, url]);
    let pdf = std::fs::read(pdf).expect("a PDF");
    assert!(pdf.starts_with(b"%PDF"));
    String::from_utf8_lossy(&pdf).matches("/Type /Page\n").count()
}

/// 58 releases on three lines, two of which are left behind: read in five minutes, printed on at most ten pages.
#[test]
fn a_long_history_is_a_short_report() {
    let history = History::new();
    history.release(FEATURE, "1.0.0", "1.0", None, 0, &[]);
    let mut previous = "1.0.0".to_owned();
    let mut day = 0;
    for (line, fixes) in [("1.0", 18), ("2.0", 18), ("3.0", 19)] {
        if line != "1.0" {
            day += 3;
            let first = format!("{line}.0");
            history.release(FEATURE, &first, line, Some(&previous), day, &[]);
            previous = first;
        }
        for n in 1..=fixes {
            day += 3;
            let version = format!("{line}.{n}");
            let id = format!("id = \"CVE-2026-{}\"", 10_000 + day);
            let edit = ("id = \"CVE-2026-12345\"", id.as_str());
            history.release(SECURITY, &version, line, Some(&previous), day, &[edit]);
            previous = version;
        }
    }
    let at = (pkg_tests::project::ISSUED + day * super::DAY).to_string();
    let args =
        ["audit", "out", "--keyring", "cam.keyring", "--at", &at, "--format", "html", "-o", "report.html"];
    assert_eq!(history.0.pkg(&args).status, Some(1));
    let page = String::from_utf8(history.0.read("report.html")).expect("UTF-8");
    let (summary, _) = page.split_once("id=\"found\"").expect("the causes");
    assert!(summary.contains("58 releases on 3 lines"), "{summary}");
    assert!(summary.contains("Users of 1.0.0 to 1.0.18 (19 releases)"), "{summary}");
    let text = history.0.pkg(&args[..6]).stdout;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let Some(browser) = browser() else {
        println!("no Chromium is installed: the page is not printed");
        return;
    };
    let url = format!("file://{}", history.0.path("report.html").display());
    let folder = tempfile::tempdir().expect("a folder");
    let pages = printed(browser, &folder.path().join("profile"), &url, &folder.path().join("report.pdf"));
    assert!((3..=10).contains(&pages), "{pages} pages");
}
