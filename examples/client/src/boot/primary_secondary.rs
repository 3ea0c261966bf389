//! Primary and secondary slot in the variables of RAUC: an order of the slots, and tries and good flags for each.
//! Scripts written for RAUC work with it unchanged. The slots are called A and B there.

use super::variables::{Environment, Variables};
use super::{BootLoader, Status, Wanted};
use crate::Result;
use pkg_install::Slot;

/// The tries of a slot that is good, as RAUC counts them.
const TRIES: u64 = 3;

/// The names of the variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// `BOOT_ORDER` and, for each slot, `BOOT_A_LEFT`: the tries that are left.
    Uboot,
    /// `ORDER` and, for each slot, `A_OK` and `A_TRY`: whether it may start, and whether it was tried.
    Grub,
}

pub(super) struct PrimarySecondary<E> {
    environment: E,
    naming: Naming,
}

impl<E: Environment> PrimarySecondary<E> {
    pub(super) fn new(environment: E, naming: Naming) -> PrimarySecondary<E> {
        PrimarySecondary { environment, naming }
    }

    /// Makes a slot the primary one, with so many tries; and gives the other so many, if any number is given.
    fn set(&self, primary: Slot, tries: u64, other: Option<u64>) -> Result<()> {
        let mut variables = self.environment.load()?;
        let order = self.naming.order();
        // Others in the order, such as a rescue system, stay in it.
        let rest = variables.get(order).unwrap_or_default();
        let rest = rest.split_whitespace().filter(|n| *n != name(primary)).map(str::to_owned);
        let mut names = [name(primary).to_owned()].into_iter().chain(rest).collect::<Vec<_>>();
        if !names.iter().any(|n| n == name(primary.other())) {
            names.insert(1, name(primary.other()).into());
        }
        variables.set(order, &names.join(" "));
        self.naming.allow(&mut variables, primary, tries);
        if let Some(tries) = other {
            self.naming.allow(&mut variables, primary.other(), tries);
        }
        self.environment.save(&variables)
    }
}

impl Naming {
    fn order(self) -> &'static str {
        match self {
            Naming::Uboot => "BOOT_ORDER",
            Naming::Grub => "ORDER",
        }
    }

    fn allow(self, variables: &mut Variables, slot: Slot, tries: u64) {
        let slot = name(slot);
        match self {
            Naming::Uboot => variables.set(&format!("BOOT_{slot}_LEFT"), &format!("{tries:x}")),
            Naming::Grub => {
                variables.set(&format!("{slot}_OK"), if tries == 0 { "0" } else { "1" });
                variables.set(&format!("{slot}_TRY"), "0");
            }
        }
    }

    /// How far the primary slot is. GRUB's variables do not tell a slot that is to be tried from a good one.
    fn status(self, variables: &Variables, primary: Slot) -> Status {
        let slot = name(primary);
        let number = |name: &str| u64::from_str_radix(variables.get(name)?, 16).ok();
        match self {
            Naming::Uboot => match number(&format!("BOOT_{slot}_LEFT")) {
                Some(0) => Status::Started,
                Some(left) if left < TRIES => Status::Armed,
                Some(_) => Status::Good,
                None => Status::Elsewhere,
            },
            Naming::Grub => match (number(&format!("{slot}_OK")), number(&format!("{slot}_TRY"))) {
                (Some(1), None | Some(0)) => Status::Good,
                (Some(1), Some(_)) => Status::Started,
                _ => Status::Elsewhere,
            },
        }
    }
}

fn name(slot: Slot) -> &'static str {
    match slot {
        Slot::A => "A",
        Slot::B => "B",
    }
}

impl<E: Environment> BootLoader for PrimarySecondary<E> {
    fn status(&self, wanted: &Wanted<'_>) -> Result<Status> {
        let variables = self.environment.load()?;
        let slot = wanted.needed_slot()?;
        let first = variables.get(self.naming.order()).and_then(|order| order.split_whitespace().next());
        Ok(match first == Some(name(slot)) {
            true => self.naming.status(&variables, slot),
            false => Status::Elsewhere,
        })
    }

    fn try_once(&self, wanted: &Wanted<'_>) -> Result<()> {
        let falls_back = wanted.running_slot()?.map(|_| TRIES);
        self.set(wanted.needed_slot()?, 1, falls_back)
    }

    fn mark_good(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.set(wanted.needed_slot()?, TRIES, None)
    }

    fn revert(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.set(wanted.needed_slot()?, TRIES, Some(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::tests::{in_slot, lives};
    use std::cell::RefCell;

    #[derive(Default)]
    struct Memory(RefCell<Variables>);

    impl Environment for &Memory {
        fn load(&self) -> Result<Variables> {
            Ok(self.0.borrow().clone())
        }

        fn save(&self, variables: &Variables) -> Result<()> {
            *self.0.borrow_mut() = variables.clone();
            Ok(())
        }
    }

    impl Memory {
        fn get(&self, name: &str) -> String {
            self.0.borrow().get(name).unwrap_or_default().to_owned()
        }

        /// What RAUC's scripts do: the first slot of the order that may be tried.
        fn start(&self, naming: Naming) -> Slot {
            let order = self.get(naming.order());
            let mut variables = self.0.borrow_mut();
            for slot in order.split_whitespace() {
                let (variable, new) = match naming {
                    Naming::Uboot => {
                        let left = format!("BOOT_{slot}_LEFT");
                        let count: u32 = variables.get(&left).unwrap_or("0").parse().expect("a number");
                        if count == 0 {
                            continue;
                        }
                        (left, (count - 1).to_string())
                    }
                    Naming::Grub => {
                        let tried = format!("{slot}_TRY");
                        if variables.get(&format!("{slot}_OK")) != Some("1")
                            || variables.get(&tried) != Some("0")
                        {
                            continue;
                        }
                        (tried, "1".into())
                    }
                };
                variables.set(&variable, &new);
                return crate::boot::slot_from_text(slot).expect("a or b");
            }
            panic!("no slot may be started");
        }
    }

    #[test]
    fn it_counts_tries_as_raucs_scripts_do() {
        for naming in [Naming::Uboot, Naming::Grub] {
            let memory = Memory::default();
            lives(&PrimarySecondary::new(&memory, naming), &|| memory.start(naming));
            assert_eq!(memory.get(naming.order()), "B A");
        }
    }

    #[test]
    fn a_rescue_system_stays_in_the_order() {
        let memory = Memory::default();
        memory.0.borrow_mut().set("BOOT_ORDER", "A R B");
        let loader = PrimarySecondary::new(&memory, Naming::Uboot);
        let (a, b) = (in_slot(Slot::A), in_slot(Slot::B));
        loader.try_once(&Wanted { running: &a, tried: Some(&b) }).expect("a try");
        assert_eq!(memory.get("BOOT_ORDER"), "B A R");
        assert_eq!((memory.get("BOOT_A_LEFT"), memory.get("BOOT_B_LEFT")), ("3".into(), "1".into()));
    }

    #[test]
    fn a_number_that_is_none_is_no_choice() {
        let memory = Memory::default();
        let loader = PrimarySecondary::new(&memory, Naming::Uboot);
        let a = in_slot(Slot::A);
        let wanted = Wanted { running: &a, tried: None };
        for left in ["", "-1", "x", "99999999999999999999"] {
            memory.0.borrow_mut().set("BOOT_ORDER", "A B");
            memory.0.borrow_mut().set("BOOT_A_LEFT", left);
            assert_eq!(loader.status(&wanted).expect("a status"), Status::Elsewhere, "{left}");
        }
        loader.mark_good(&wanted).expect("put right");
        assert_eq!(loader.status(&wanted).expect("a status"), Status::Good);
    }
}
