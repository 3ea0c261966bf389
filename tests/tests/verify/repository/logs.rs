//! Logs: pages against size and root, one log after another, tombstones.

use pkg_format::repository::{Page, paths};
use pkg_format::{Refusal, Rule};
use pkg_repository::{Error, Log, Reading, fetch, live};
use pkg_tests::fake::path::num;
use pkg_tests::heads::{self, entry};
use pkg_tests::mirror::Maker;
use pkg_tests::{Fake, fake::path::text};

/// A maker with pages of one, two and one entries.
fn published() -> Maker {
    let mut maker = Maker::new();
    maker.publish(&[Fake::security()]);
    maker.publish(&[Fake::notice(), Fake::feature()]);
    maker.publish(&[]);
    maker.publish(&[Fake::withdrawal()]);
    maker
}

fn read(maker: &Maker, known: Log) -> Result<Log, Error> {
    fetch::log(&mut maker.server.clone(), maker.log(), known, maker.head.log)
}

#[test]
fn a_log_is_read_from_its_newest_page_back() {
    let mut maker = published();
    let log = read(&maker, Log::new()).expect("a log");
    assert_eq!(log.entries(), maker.entries);
    assert_eq!(log.head(), maker.head.log);
    maker.server.asked();
    // Nothing new: nothing is asked for. A page more: that page.
    let log = read(&maker, log).expect("a log");
    assert!(maker.server.asked().is_empty());
    maker.publish(&[Fake::notice().set("sequence", num(9))]);
    let log = read(&maker, log).expect("a log");
    assert_eq!(maker.server.asked(), [paths::page(maker.log(), &maker.head.log)]);
    assert_eq!(log.entries().len(), 5);
}

/// Withheld entry: a page that is not there, or one in which an entry is missing or another.
#[test]
fn a_log_with_something_left_out_is_refused() {
    let maker = published();
    let middle = paths::page(maker.log(), &heads::log(&maker.entries[..3]));
    let page = Page::decode(&maker.server.file(&middle)).expect("a page");
    let with = |edit: &dyn Fn(&mut Page)| {
        let mut page = page.clone();
        edit(&mut page);
        maker.server.put(&middle, page.to_tree().to_bytes());
        read(&maker, Log::new()).expect_err("a refusal").rule()
    };
    assert_eq!(with(&|p| drop(p.entries.pop())), Some(Rule::Rep5));
    assert_eq!(with(&|p| p.entries.push(p.entries[0].clone())), Some(Rule::Rep5));
    assert_eq!(with(&|p| p.entries.swap(0, 1)), Some(Rule::Rep5));
    assert_eq!(with(&|p| p.entries[0].sequence += 1), Some(Rule::Rep5));
    assert_eq!(with(&|p| p.after = None), Some(Rule::Rep5));
    // It leads to another first page, which the server has as well.
    let other = &maker.entries[3..];
    let first = heads::page(other, 0).to_tree().to_bytes();
    maker.server.put(&paths::page(maker.log(), &heads::log(other)), first);
    assert_eq!(with(&|p| p.after = Some(heads::log(other))), Some(Rule::Rep5));
    maker.server.put(&middle, b"no page".to_vec());
    assert!(read(&maker, Log::new()).expect_err("a refusal").rule().is_some());
    maker.server.remove(&middle);
    assert!(matches!(read(&maker, Log::new()), Err(Error::Missing(path)) if path == middle));
}

/// The log of a later head contains the log of each earlier one.
#[test]
fn a_log_that_was_rewritten_is_refused() {
    let mut maker = published();
    let earlier = maker.head.log;
    let known = read(&maker, Log::new()).expect("a log");
    let mut other = Maker::new();
    other.publish(&[Fake::notice(), Fake::security()]);
    other.publish(&[Fake::feature(), Fake::withdrawal(), Fake::acknowledgement()]);
    assert_eq!(read(&other, known.clone()).expect_err("a refusal").rule(), Some(Rule::Rep6));
    let log = read(&other, Log::new()).expect("a log of its own");
    assert_eq!(log.begins_with(&earlier).unwrap_err().rule, Rule::Rep6);
    // Shorter than what was known.
    let short = Reading::new(known.clone(), heads::log(&maker.entries[..3])).unwrap_err();
    assert_eq!(short.rule, Rule::Rep6);
    assert_eq!(known.begins_with(&log.head()).unwrap_err().rule, Rule::Rep6);
    // Grown: every earlier head is contained.
    maker.publish(&[Fake::acknowledgement()]);
    let grown = read(&maker, Log::new()).expect("a log");
    for size in 0..=4 {
        assert_eq!(grown.begins_with(&heads::log(&maker.entries[..size])), Ok(()), "{size} entries");
    }
}

#[test]
fn a_page_has_its_place() {
    let maker = published();
    let page = |after, end: usize| heads::page(&maker.entries[..end], after);
    let mut log = Log::new();
    let refusal = |log: &mut Log, page: &Page| log.append(page).unwrap_err();
    assert_eq!(refusal(&mut log, &page(1, 3)).rule, Rule::Rep5);
    log.append(&page(0, 1)).expect("the first");
    assert_eq!(refusal(&mut log, &page(0, 1)).rule, Rule::Rep5);
    log.append(&page(1, 4)).expect("the next");
    assert_eq!(log.is(&maker.head.log), Ok(()));
    assert_eq!(log.is(&heads::log(&maker.entries[..3])).unwrap_err().rule, Rule::Rep5);
    let mut reading = Reading::new(log, maker.head.log).expect("all known");
    assert_eq!(reading.next(), None);
    let late: Result<_, Refusal> = reading.take(&page(0, 1).to_tree().to_bytes()).map(|_| ());
    assert_eq!(late.unwrap_err().rule, Rule::Rep5);
}

/// An archive that was signed again gets a new entry; one that was removed leaves a tombstone.
#[test]
fn the_last_entry_of_a_manifest_counts() {
    let (security, notice) = (entry(&Fake::security()), entry(&Fake::notice()));
    let again = entry(&Fake::security().delivered_by(&[pkg_tests::keys::key("delivery-2")]));
    assert_eq!(again.manifest, security.manifest);
    assert_ne!(again.object, security.object);
    let entries = [security.clone(), notice.clone(), again.clone()];
    assert_eq!(live(&entries), [&notice, &again]);
    let gone = pkg_format::repository::Entry { object: None, ..security.clone() };
    assert_eq!(live(&[security.clone(), notice.clone(), gone.clone()]), [&notice]);
    assert_eq!(live(&[security.clone(), gone, security.clone()]), [&security], "it came back");
    // A tombstone cannot be fetched.
    let tombstone = pkg_format::repository::Entry { object: None, ..notice };
    let error = fetch::statements(
        &mut Maker::new().server,
        &tombstone,
        &pkg_tests::keyrings::standard(),
        &pkg_verify::Policy::default(),
    );
    assert_eq!(error.unwrap_err().rule(), Some(Rule::Rep8));
    assert_ne!(entry(&Fake::notice().set("contact", text("a@b.example"))).manifest, again.manifest);
}

/// Whatever byte of a page is altered, and wherever it is cut, the log is refused.
#[test]
fn every_byte_of_a_page_counts() {
    let entries = [entry(&Fake::security()), entry(&Fake::notice())];
    let bytes = heads::page(&entries, 0).to_tree().to_bytes();
    let read = |bytes: &[u8]| {
        let mut reading = Reading::new(Log::new(), heads::log(&entries))?;
        reading.take(bytes)?;
        reading.finish(|_| String::new())
    };
    assert!(read(&bytes).is_ok());
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut altered = bytes.clone();
            altered[place] ^= 1 << bit;
            assert!(read(&altered).is_err(), "byte {place}, bit {bit}");
        }
        assert!(read(&bytes[..place]).is_err(), "cut after {place}");
    }
}
