//! The product tree: maker, product, version; the hardware is the model number.

use super::super::product::Product;
use super::super::view::View;
use serde_json::{Value, json};

/// The tree with these products.
pub(super) fn tree(view: &View<'_>, products: &[Product]) -> Value {
    let of = &view.common().product;
    let versions: Vec<_> = products.iter().map(|p| version(view, *p)).collect();
    let name = json!({"category": "product_name", "name": of.name.as_str(), "branches": versions});
    json!({"branches": [{"category": "vendor", "name": of.vendor.as_str(), "branches": [name]}]})
}

fn version(view: &View<'_>, product: Product) -> Value {
    let names = view.names;
    let hashes = names.images(product).iter().map(|image| {
        let digest = json!({"algorithm": "sha256", "value": image.sha256.to_string()});
        json!({"filename": image.component.as_str(), "file_hashes": [digest]})
    });
    let hashes: Vec<_> = hashes.collect();
    let hardware: Vec<_> = names.hardware(product).into_iter().map(|id| id.as_str()).collect();
    let mut helper = json!({"model_numbers": hardware, "purl": names.purl(product)});
    if !hashes.is_empty() {
        helper["hashes"] = hashes.into();
    }
    let (category, name) = names.branch(product);
    json!({
        "category": category,
        "name": name,
        "product": {
            "name": names.full(product),
            "product_id": names.id(product),
            "product_identification_helper": helper,
        },
    })
}
