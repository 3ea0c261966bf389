//! The product that a manifest is for.

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::{Id, Result, limits};
use alloc::vec::Vec;

/// Vendor, name and hardware ids. A device matches if vendor and name are its own and any of the hardware ids is
/// one of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Who makes it.
    pub vendor: Id,
    /// What it is called.
    pub name: Id,
    /// The hardware it runs on: a sorted set of at least one.
    pub hardware: Vec<Id>,
}

impl Wire for Product {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let product = Product {
            vendor: t.req("vendor")?,
            name: t.req("name")?,
            hardware: t.set("hardware", limits::HARDWARE)?,
        };
        if product.hardware.is_empty() {
            return Err(crate::Refusal::new(crate::Rule::Man1, "missing").within("hardware"));
        }
        t.finish()?;
        Ok(product)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("vendor", &self.vendor)
            .put("name", &self.name)
            .list("hardware", &self.hardware)
            .done()
    }
}
