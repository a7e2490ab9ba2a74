//! The calls of `wasi:filesystem`, so that a guest in one of them can be stopped.
//!
//! The system may take its time with a file (a pipe that nobody writes to, a network drive), and the guest holds its store meanwhile. All go on to
//! wasmtime's own, which waits in a thread of tokio's: a call that is given up runs on there, and the worker leaves without joining it.

use super::blocking::Waiter;
use super::state::State;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemCtxView};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry,
    DirectoryEntryStream, ErrorCode, Filesize, HostDescriptor, HostDirectoryEntryStream,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};

/// Puts these in the place of wasmtime's.
pub(super) fn shadow(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    types::add_to_linker::<State, Stoppable>(linker, State::files)
}

impl State {
    fn files(&mut self) -> Files<'_> {
        Files {
            view: WasiFilesystemCtxView {
                ctx: self.wasi.filesystem(),
                table: &mut self.table,
            },
            waiter: Waiter {
                stop: &self.stop,
                blocked: &self.blocked,
            },
        }
    }
}

struct Stoppable;

impl HasData for Stoppable {
    type Data<'a> = Files<'a>;
}

struct Files<'a> {
    view: WasiFilesystemCtxView<'a>,
    waiter: Waiter<'a>,
}

/// Waits for a call, and ends as a trap if the guest is to stop.
async fn wait<T>(waiter: Waiter<'_>, work: impl Future<Output = FsResult<T>>) -> FsResult<T> {
    match waiter.wait("wasi:filesystem", work).await {
        Ok(done) => done,
        Err(stopped) => Err(FsError::trap(stopped)),
    }
}

/// Calls of wasmtime's own, each waited for.
macro_rules! waited_for {
    ($($name:ident($($argument:ident: $type:ty),*) -> $output:ty;)+) => {
        $(async fn $name(&mut self, $($argument: $type),*) -> FsResult<$output> {
            wait(self.waiter, self.view.$name($($argument),*)).await
        })+
    };
}

impl types::Host for Files<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.view.convert_error_code(error)
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.view.filesystem_error_code(error)
    }
}

impl HostDescriptor for Files<'_> {
    waited_for! {
        advise(file: Resource<Descriptor>, offset: Filesize, len: Filesize, advice: Advice) -> ();
        sync_data(file: Resource<Descriptor>) -> ();
        get_flags(file: Resource<Descriptor>) -> DescriptorFlags;
        get_type(file: Resource<Descriptor>) -> DescriptorType;
        set_size(file: Resource<Descriptor>, size: Filesize) -> ();
        set_times(file: Resource<Descriptor>, accessed: NewTimestamp, modified: NewTimestamp) -> ();
        read(file: Resource<Descriptor>, len: Filesize, offset: Filesize) -> (Vec<u8>, bool);
        write(file: Resource<Descriptor>, bytes: Vec<u8>, offset: Filesize) -> Filesize;
        read_directory(file: Resource<Descriptor>) -> Resource<DirectoryEntryStream>;
        sync(file: Resource<Descriptor>) -> ();
        create_directory_at(file: Resource<Descriptor>, path: String) -> ();
        stat(file: Resource<Descriptor>) -> DescriptorStat;
        stat_at(file: Resource<Descriptor>, flags: PathFlags, path: String) -> DescriptorStat;
        set_times_at(file: Resource<Descriptor>, flags: PathFlags, path: String, accessed: NewTimestamp, modified: NewTimestamp) -> ();
        link_at(file: Resource<Descriptor>, flags: PathFlags, path: String, new: Resource<Descriptor>, new_path: String) -> ();
        open_at(file: Resource<Descriptor>, path_flags: PathFlags, path: String, open_flags: OpenFlags, flags: DescriptorFlags) -> Resource<Descriptor>;
        readlink_at(file: Resource<Descriptor>, path: String) -> String;
        remove_directory_at(file: Resource<Descriptor>, path: String) -> ();
        rename_at(file: Resource<Descriptor>, path: String, new: Resource<Descriptor>, new_path: String) -> ();
        symlink_at(file: Resource<Descriptor>, path: String, new_path: String) -> ();
        unlink_file_at(file: Resource<Descriptor>, path: String) -> ();
        metadata_hash(file: Resource<Descriptor>) -> MetadataHashValue;
        metadata_hash_at(file: Resource<Descriptor>, flags: PathFlags, path: String) -> MetadataHashValue;
    }

    async fn is_same_object(
        &mut self,
        one: Resource<Descriptor>,
        two: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        self.view.is_same_object(one, two).await
    }

    fn read_via_stream(
        &mut self,
        file: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        self.view.read_via_stream(file, offset)
    }

    fn write_via_stream(
        &mut self,
        file: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.view.write_via_stream(file, offset)
    }

    fn append_via_stream(
        &mut self,
        file: Resource<Descriptor>,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.view.append_via_stream(file)
    }

    fn drop(&mut self, file: Resource<Descriptor>) -> wasmtime::Result<()> {
        HostDescriptor::drop(&mut self.view, file)
    }
}

impl HostDirectoryEntryStream for Files<'_> {
    waited_for! {
        read_directory_entry(entries: Resource<DirectoryEntryStream>) -> Option<DirectoryEntry>;
    }

    fn drop(&mut self, entries: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        HostDirectoryEntryStream::drop(&mut self.view, entries)
    }
}
