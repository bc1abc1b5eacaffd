//! The C header and the library must agree.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

/// secp256k1-sys exports these few for its own linking across versions; nothing else may show.
const FOREIGN: &str = "rustsecp256k1_";

fn library() -> PathBuf {
    let directory = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
    let extension = if cfg!(target_os = "macos") { "dylib" } else { "so" };
    directory.join(format!("libpeer_stables_native.{extension}"))
}

fn exported() -> BTreeSet<String> {
    let dynamic = if cfg!(target_os = "macos") { "-gU" } else { "-D" };
    let output = Command::new("nm").args([dynamic, "--defined-only"]).arg(library()).output().expect("nm is needed");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(|name| name.trim_start_matches('_').to_owned())
        .filter(|name| !name.starts_with(FOREIGN))
        .collect()
}

fn declared() -> BTreeSet<String> {
    let header = include_str!("../../include/peer_stables.h");
    let code = header.lines().map(str::trim).filter(|line| !line.starts_with(['*', '/']));
    code.filter_map(|line| {
        let name = line.split('(').next()?.split_whitespace().last()?;
        (line.contains('(') && name.starts_with("ps_")).then(|| name.to_owned())
    })
    .collect()
}

#[test]
fn the_header_declares_exactly_what_is_exported() {
    assert_eq!(declared(), exported());
    assert_eq!(declared().len(), 6);
}

#[test]
fn the_header_compiles() {
    let header = concat!(env!("CARGO_MANIFEST_DIR"), "/include/peer_stables.h");
    let flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", header];
    let check = Command::new("cc").args(flags).status();
    assert!(check.expect("a C compiler is needed").success());
}
