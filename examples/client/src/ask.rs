//! The user: what is shown, and what is asked. **A maker replaces this** by its screen or its app. The
//! words come from signed statements, in which nothing acts on a terminal.

use crate::Args;
use pkg_decide::NoticeText;
use std::io::{self, BufRead, IsTerminal, Write};

/// What the user answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    Later,
    /// This one not, and no other by itself.
    Never,
}

pub(crate) fn show(notice: &NoticeText) {
    println!("\n{}\n\n{}", notice.title, notice.text);
    if !notice.action.is_empty() {
        println!("\n{}", notice.action);
    }
    println!();
}

/// Asks; none where nobody is there to answer.
pub(crate) fn ask(args: &Args, question: &str) -> Option<Answer> {
    if args.yes {
        return Some(Answer::Yes);
    }
    if !args.ask && !io::stdin().is_terminal() {
        return None;
    }
    loop {
        print!("{question} [y / n / later / never] ");
        let _ = io::stdout().flush();
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
        match line.trim() {
            "y" | "yes" => return Some(Answer::Yes),
            "n" | "no" => return Some(Answer::No),
            "later" => return Some(Answer::Later),
            "never" => return Some(Answer::Never),
            _ => {}
        }
    }
}
