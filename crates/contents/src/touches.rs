//! Patterns that say which files a fix touches (SPEC 7.9).
//!
//! A pattern is a path from the root of an image. In it `*` stands for any characters of one segment,
//! and a segment `**` for any number of segments, none too. `COMPONENT:` in front binds it to the image
//! of one component; without it the pattern means every image. An image whose inside is not known is
//! the empty path, so `COMPONENT:**` covers it.

use crate::difference::Change;

/// A pattern, taken apart.
#[derive(Debug, Clone)]
pub struct Pattern<'p> {
    component: Option<&'p str>,
    segments: Vec<&'p str>,
}

impl<'p> Pattern<'p> {
    /// Reads a pattern; what stands before a colon binds it where it is one of `components`.
    pub fn new(text: &'p str, components: &[&str]) -> Self {
        let bound = text.split_once(':').filter(|(component, _)| components.contains(component));
        let (component, path) = bound.map_or((None, text), |(component, path)| (Some(component), path));
        Pattern { component, segments: segments(path) }
    }

    /// Whether it covers this path in the image of this component.
    pub fn covers(&self, component: &str, path: &str) -> bool {
        self.component.is_none_or(|bound| bound == component)
            && matches(&self.segments, &segments(path), "**", &|pattern, segment| {
                let (pattern, segment): (Vec<_>, Vec<_>) =
                    (pattern.chars().collect(), segment.chars().collect());
                matches(&pattern, &segment, '*', &|a, b| a == b)
            })
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|s| !s.is_empty() && *s != ".").collect()
}

/// Whether `text` matches, where `any` stands for any number of items. A later `any` makes an earlier
/// one final, so no pattern takes more than its length times that of the text.
fn matches<T: PartialEq + Copy>(pattern: &[T], text: &[T], any: T, same: &dyn Fn(T, T) -> bool) -> bool {
    let (mut p, mut t) = (0usize, 0usize);
    let mut back: Option<(usize, usize)> = None;
    while let Some(item) = text.get(t) {
        match pattern.get(p) {
            Some(wanted) if *wanted == any => {
                back = Some((p, t));
                p = p.saturating_add(1);
            }
            Some(wanted) if same(*wanted, *item) => {
                p = p.saturating_add(1);
                t = t.saturating_add(1);
            }
            _ => match back {
                // The last `any` takes one more.
                Some((at, from)) => {
                    let from = from.saturating_add(1);
                    back = Some((at, from));
                    (p, t) = (at.saturating_add(1), from);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|rest| *rest == any)
}

/// The changes in the image of `component` that no pattern covers. A directory that came or went is
/// left to what came or went in it.
pub fn outside<'c>(changes: &'c [Change], component: &str, patterns: &[Pattern<'_>]) -> Vec<&'c Change> {
    let holds = |at: usize, change: &Change| {
        let below = format!("{}/", change.path());
        let next = changes.get(at.saturating_add(1)..).unwrap_or_default();
        // Sorted by path: `a-b` stands between `a` and `a/c`.
        let mut near = next.iter().take_while(|c| c.path().starts_with(change.path()));
        near.any(|c| c.word() == change.word() && c.path().starts_with(&below))
    };
    let spoken_for = |at: usize, change: &Change| {
        change.kind() == crate::Kind::Directory && !matches!(change, Change::Changed(..)) && holds(at, change)
    };
    let covered = |change: &Change| patterns.iter().any(|p| p.covers(component, change.path()));
    let all = changes.iter().enumerate();
    all.filter(|(at, c)| !covered(c) && !spoken_for(*at, c)).map(|(_, c)| c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, path: &str) -> bool {
        Pattern::new(pattern, &["boot", "rootfs"]).covers("rootfs", path)
    }

    #[test]
    fn a_star_stays_in_its_segment() {
        assert!(covers("usr/lib/libfoo.so*", "usr/lib/libfoo.so.1.2"));
        assert!(covers("usr/lib/libfoo.so*", "usr/lib/libfoo.so"));
        assert!(covers("usr/*/lib*.so", "usr/lib/libfoo.so"));
        assert!(covers("*a*b*", "xxaxxbxx") && !covers("*a*b", "xxaxxbxx"));
        assert!(!covers("usr/lib/libfoo.so*", "usr/lib/libfoo.so/x"));
        assert!(!covers("usr/*", "usr/lib/x") && !covers("usr/lib", "usr/lib/x"));
    }

    #[test]
    fn two_stars_cross_segments() {
        for path in ["usr", "usr/a", "usr/a/b/c"] {
            assert!(covers("usr/**", path), "{path}");
        }
        assert!(covers("**/libfoo.so", "libfoo.so") && covers("**/libfoo.so", "a/b/libfoo.so"));
        assert!(covers("a/**/b/**/c", "a/x/b/y/z/c") && !covers("a/**/b/**/c", "a/x/y/c"));
        assert!(covers("**", "a/b") && covers("**", ""));
        assert!(!covers("us**r/x", "us/r/x"), "inside a segment it is two single ones");
    }

    #[test]
    fn a_component_binds() {
        assert!(covers("rootfs:etc/passwd", "etc/passwd") && !covers("boot:etc/passwd", "etc/passwd"));
        assert!(covers("rootfs:**", "") && covers("rootfs:", "") && !covers("boot:**", ""));
        assert!(covers("a:b/c", "a:b/c"), "no component: part of the path");
        assert!(covers("/etc/passwd", "etc/passwd"), "a slash in front means nothing");
    }

    #[test]
    fn no_pattern_takes_for_ever() {
        let pattern = "*a".repeat(500);
        assert!(!covers(&pattern, &"a".repeat(499)));
        let pattern = "**/a/".repeat(200);
        assert!(!covers(&pattern, &"a/".repeat(199)));
        let start = std::time::Instant::now();
        assert!(!covers(&format!("{}b", "*a*".repeat(300)), &"a".repeat(4000)));
        assert!(start.elapsed().as_secs() < 5);
    }
}
