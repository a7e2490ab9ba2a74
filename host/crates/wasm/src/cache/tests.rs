//! The cache against a real folder and a real compiler.

use super::{Cache, CompileError, Compiled, Progress};
use crate::engine::{Purpose, engine};
use std::fs::Permissions;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use tempfile::TempDir;

const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        match path.is_dir() {
            true => files.extend(files_in(&path)),
            false => files.push(path),
        }
    }
    files
}

fn assert_loads(compiled: &Compiled) {
    let engine = engine(Purpose::Run).expect("engine");
    crate::compiled::map(&engine, compiled.file.as_fd()).expect("maps");
}

fn load(cache: &Cache) -> (Compiled, Vec<Progress>) {
    let mut progress = Vec::new();
    let compiled = cache
        .load(EMPTY, "empty", &mut |step| progress.push(step))
        .expect("compiles");
    (compiled, progress)
}

#[test]
fn component_loaded_twice_is_compiled_once_and_leaves_one_file() {
    let folder = TempDir::new().expect("folder");
    let cache = Cache::open(folder.path().join("cache")).expect("cache");
    let (first, progress) = load(&cache);
    assert!(first.freshly_compiled);
    assert_eq!(progress, [Progress::Compiling]);
    let (second, progress) = load(&cache);
    assert!(!second.freshly_compiled);
    assert_eq!(progress, []);
    assert_eq!(first.digest, second.digest);
    assert_loads(&first);
    assert_loads(&second);
    assert_eq!(files_in(folder.path()).len(), 1);
}

#[test]
fn entry_that_is_damaged_is_made_anew() {
    let folder = TempDir::new().expect("folder");
    let cache = Cache::open(folder.path().to_owned()).expect("cache");
    load(&cache);
    let entry = files_in(folder.path()).remove(0);
    let mut bytes = std::fs::read(&entry).expect("read");
    bytes[100] ^= 1;
    std::fs::set_permissions(&entry, Permissions::from_mode(0o600)).expect("writable");
    std::fs::write(&entry, bytes).expect("written");
    let (again, _) = load(&cache);
    assert!(again.freshly_compiled);
    assert_loads(&again);
    assert!(!load(&cache).0.freshly_compiled);
    assert_eq!(files_in(folder.path()).len(), 1);
}

#[test]
fn component_loaded_by_many_at_once_is_compiled_once() {
    let folder = TempDir::new().expect("folder");
    let caches: Vec<_> = (0..4)
        .map(|_| Cache::open(folder.path().to_owned()).expect("cache"))
        .collect();
    let barrier = Barrier::new(caches.len());
    let fresh: usize = std::thread::scope(|scope| {
        let loads: Vec<_> = caches
            .iter()
            .map(|cache| {
                scope.spawn(|| {
                    barrier.wait();
                    usize::from(load(cache).0.freshly_compiled)
                })
            })
            .collect();
        loads
            .into_iter()
            .map(|load| load.join().expect("loads"))
            .sum()
    });
    assert_eq!(fresh, 1);
}

#[test]
fn folder_that_cannot_be_made_costs_only_time() {
    let file = tempfile::NamedTempFile::new().expect("file");
    let cache = Cache::open(file.path().join("cache")).expect("cache");
    assert_eq!(cache.folder(), None);
    let (compiled, _) = load(&cache);
    assert!(compiled.freshly_compiled);
    assert_loads(&compiled);
}

#[test]
fn folder_that_vanishes_costs_only_time() {
    let folder = TempDir::new().expect("folder");
    let path = folder.path().join("cache");
    let cache = Cache::open(path.clone()).expect("cache");
    std::fs::remove_dir(&path).expect("removed");
    std::fs::write(&path, "").expect("in its place");
    assert_loads(&load(&cache).0);
}

#[test]
fn folder_that_others_may_write_to_is_not_used() {
    let folder = TempDir::new().expect("folder");
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("open to all");
    let cache = Cache::open(folder.path().to_owned()).expect("cache");
    assert_eq!(cache.folder(), None);
    load(&cache);
    assert_eq!(files_in(folder.path()).len(), 0);
}

#[test]
fn cache_that_is_cleared_is_empty() {
    let folder = TempDir::new().expect("folder");
    let cache = Cache::open(folder.path().to_owned()).expect("cache");
    load(&cache);
    let listed = cache.list().expect("listed");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].component, "empty");
    assert_eq!(cache.size_bytes().expect("size"), listed[0].bytes);
    assert_eq!(cache.clear().expect("cleared"), 1);
    assert_eq!(cache.size_bytes().expect("size"), 0);
}

#[test]
fn component_that_is_cut_short_is_invalid() {
    let cache = Cache::without_folder().expect("cache");
    let bytes = b"\0asm\x0d\0\x01\0\x01\xff";
    let error = cache
        .load(bytes, "cut", &mut |_| {})
        .expect_err("no component");
    assert!(matches!(error, CompileError::Invalid { .. }), "{error}");
}
