//! The plan as a file: JSON, so that schedulers and people can read it.

use crate::out::{Failure, Outcome};
use pkg_format::Digest;
use pkg_format::repository::Object;
use pkg_publish::{DeltaPlan, Stored};
use serde_json::{Value, json};
use std::path::Path;

/// CPU seconds that a delta takes for each MB of images, measured in bench/README.md: 0.16 to 0.31.
const CPU_SECONDS: f64 = 0.25;

/// An estimate of the CPU seconds for a delta.
pub(super) fn cpu_seconds(base: &Stored, target: &Stored) -> u64 {
    let mb = base.image_size.max(target.image_size) as f64 / 1e6;
    (mb * CPU_SECONDS).ceil() as u64
}

fn stored(stored: &Stored) -> Value {
    json!({
        "version": stored.version.as_str(),
        "state": stored.state.to_string(),
        "manifest": stored.manifest.to_string(),
        "package": stored.package.package.to_string(),
        "package-bytes": stored.package.size,
        "front-bytes": stored.package.front,
        "image-bytes": stored.image_size,
    })
}

/// The plan as JSON.
pub(super) fn to_json(plan: &DeltaPlan) -> Value {
    let tasks = plan.tasks.iter().enumerate().map(|(number, task)| {
        let mut value = json!({
            "task": number,
            "base": stored(&task.base),
            "cpu-seconds": cpu_seconds(&task.base, &plan.target),
        });
        if let Some(devices) = task.devices {
            value["devices"] = devices.into();
        }
        value
    });
    let left_out =
        plan.left_out.iter().map(|(version, why)| json!({"version": version.as_str(), "why": why}));
    json!({
        "format": 1,
        "target": stored(&plan.target),
        "tasks": tasks.collect::<Vec<_>>(),
        "left-out": left_out.collect::<Vec<_>>(),
    })
}

/// What a task needs of a release.
pub(super) struct Release {
    pub(super) version: String,
    pub(super) state: Digest,
    pub(super) manifest: Digest,
    pub(super) package: Object,
}

/// A plan that was read.
pub(super) struct PlanFile {
    pub(super) target: Release,
    pub(super) bases: Vec<Release>,
}

/// Reads a plan.
pub(super) fn read(path: &Path) -> Outcome<PlanFile> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::file("read", path, &e))?;
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    let parsed = || {
        let target = release(&value["target"])?;
        let tasks = value["tasks"].as_array()?.iter();
        let bases = tasks.map(|task| release(&task["base"])).collect::<Option<Vec<_>>>()?;
        Some(PlanFile { target, bases }).filter(|_| value["format"] == 1)
    };
    parsed().ok_or_else(|| {
        Failure::cannot(format!("{} is not a plan", crate::out::shown(path)))
            .hint("make one: pkg farm plan … -o plan.json")
    })
}

fn release(value: &Value) -> Option<Release> {
    let digest = |key: &str| Digest::from_hex(value[key].as_str()?);
    let version = value["version"].as_str()?.to_owned();
    let number = |key: &str| value[key].as_u64();
    let (size, front) = (number("package-bytes")?, number("front-bytes")?);
    let package = Object { package: digest("package")?, size, front };
    Some(Release { version, state: digest("state")?, manifest: digest("manifest")?, package })
}
