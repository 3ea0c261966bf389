//! Questions on the terminal, in plain lines. Without a terminal nothing is asked.

use crate::out::{Failure, Outcome, question};
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

/// Asks on the terminal, where there is one.
pub(crate) struct Questions {
    on: bool,
}

impl Questions {
    /// Questions are asked if they are wanted and there is a terminal.
    pub(crate) fn new(wanted: bool) -> Questions {
        Questions { on: wanted && std::io::stdin().is_terminal() }
    }

    /// One answer; `None` where nothing was answered. A wrong answer is asked for again.
    pub(crate) fn one<T>(
        &mut self,
        what: &str,
        default: Option<&str>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Outcome<Option<T>> {
        while self.on {
            let shown = default.map_or_else(|| "leave open".to_owned(), ToOwned::to_owned);
            question(&format!("{what} [{shown}]: "));
            let mut line = String::new();
            let stdin = std::io::stdin();
            let length = stdin.lock().read_line(&mut line);
            if length.map_err(|e| Failure::file("read", Path::new("the terminal"), &e))? == 0 {
                self.on = false;
            }
            let line = line.trim();
            if line.is_empty() {
                return Ok(None);
            }
            match read(line) {
                Ok(answer) => return Ok(Some(answer)),
                Err(why) => crate::out::error(&why),
            }
        }
        Ok(None)
    }

    /// One answer, unless it was given already.
    pub(crate) fn unless<T: Clone>(
        &mut self,
        given: &Option<T>,
        what: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Outcome<Option<T>> {
        match given {
            Some(given) => Ok(Some(given.clone())),
            None => self.one(what, None, read),
        }
    }

    /// Several answers in one line, with spaces or commas between them.
    pub(crate) fn several<T>(
        &mut self,
        what: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Outcome<Vec<T>> {
        let all = |line: &str| {
            line.split([' ', ',']).filter(|part| !part.is_empty()).map(&read).collect::<Result<Vec<_>, _>>()
        };
        Ok(self.one(what, None, all)?.unwrap_or_default())
    }
}
