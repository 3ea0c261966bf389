//! The product tree: maker, product, version.

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
    let mut helper = json!({"purl": names.purl(product)});
    if !hashes.is_empty() {
        helper["hashes"] = hashes.into();
    }
    let category = match product {
        Product::State(_) => "product_version",
        Product::Below(_) => "product_version_range",
    };
    json!({
        "category": category,
        "name": names.branch(product),
        "product": {
            "name": names.full(product),
            "product_id": names.id(product),
            "product_identification_helper": helper,
        },
    })
}
