//! The main function of a zygote: it prepares code, and makes a worker whenever it is asked to.
//!
//! It has one thread when it is forked. What it prepares it does on another one, which has ended by then: whatever was drawn at random for
//! a thread, as the keys of hash maps and the seeds of generators are, stayed behind with that, and each worker draws its own.

use super::born::Cradle;
use super::packets::Packets;
use super::threads;
use super::title::Title;
use super::twin::{self, Twin};
use crate::code::Load;
use crate::spawn::heap;
use crate::spawn::standard::{Standard, replace};
use crate::spawn::worker_process::{LOST, control, die_with_parent, run_forked};
use std::io;
use std::os::fd::OwnedFd;
use tractor_protocol::control::Code;
use tractor_protocol::zygote::{FromZygote, ToZygote};

/// Runs this process as a zygote, and exits; the workers that are made of it do so too. `prepare` gives what loads actors of a code, with
/// as much done as can be before an actor is known; it starts no thread that stays.
pub fn run_zygote(
    prepare: impl FnOnce(&Code, Vec<OwnedFd>) -> Result<Box<dyn Load>, String> + Send + 'static,
) -> ! {
    let worker = begin().and_then(|packets| {
        let Some(zygote) = Ready::prepare(packets, prepare)? else {
            return Ok(None);
        };
        zygote.serve()
    });
    match worker {
        Ok(Some(worker)) => worker.run(),
        Ok(None) => std::process::exit(0),
        Err(_) => std::process::exit(LOST),
    }
}

fn begin() -> io::Result<Packets> {
    die_with_parent()?;
    heap::set_up();
    twin::ignore_signals();
    // Off stdin, which is empty for all children.
    Ok(Packets::from(control()?))
}

/// A zygote that can be forked.
struct Ready {
    packets: Packets,
    load: Box<dyn Load>,
    cradle: Cradle,
    title: Title,
}

/// A copy of the zygote, on its way to being a worker.
struct New {
    load: Box<dyn Load>,
    files: [OwnedFd; 3],
}

impl Ready {
    /// Does all that comes before the first fork. `None` if the supervisor is gone, or was told that it cannot be done.
    fn prepare(
        packets: Packets,
        prepare: impl FnOnce(&Code, Vec<OwnedFd>) -> Result<Box<dyn Load>, String> + Send + 'static,
    ) -> io::Result<Option<Self>> {
        let Some((ToZygote::Prepare(code), mut files)) = packets.receive()? else {
            return Ok(None);
        };
        let cradle = match files.is_empty() {
            true => return Err(io::ErrorKind::InvalidData.into()),
            false => Cradle::map(&files.remove(0)),
        };
        let loaded = std::thread::Builder::new()
            .name("prepare".into())
            .spawn(move || prepare(&code, files))
            .and_then(|thread| thread.join().map_err(|_| io::Error::other("it panicked")));
        let prepared = loaded.and_then(|load| {
            threads::wait_until_alone()?;
            let load = load.map_err(io::Error::other)?;
            Ok((load, cradle?, Title::find()?))
        });
        match prepared {
            Ok((load, cradle, title)) => {
                packets.send(&FromZygote::Ready, &[])?;
                Ok(Some(Self {
                    packets,
                    load,
                    cradle,
                    title,
                }))
            }
            Err(error) => {
                packets.send(&FromZygote::Unready(error.to_string()), &[])?;
                Ok(None)
            }
        }
    }

    /// Makes workers until the supervisor is gone. In a worker it gives that.
    fn serve(self) -> io::Result<Option<New>> {
        while let Some((message, files)) = self.packets.receive()? {
            let (ToZygote::Fork { name }, Ok(files)) = (message, <[OwnedFd; 3]>::try_from(files))
            else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            let answer = match twin::make(&self.cradle) {
                Ok(Twin::New) => {
                    self.title.set(&format!("tractor-worker {name}"));
                    // The zygote's socket is closed here: a worker has nothing to do with it.
                    let load = self.load;
                    return Ok(Some(New { load, files }));
                }
                Ok(Twin::Old(pid)) => FromZygote::Forked {
                    pid: pid.as_raw_nonzero().get().unsigned_abs(),
                },
                Err(error) => FromZygote::Refused {
                    errno: error.raw_os_error().unwrap_or(0),
                    why: error.to_string(),
                },
            };
            // Before it is known that there is a worker nobody else holds its link.
            drop(files);
            self.packets.send(&answer, &[])?;
        }
        Ok(None)
    }
}

impl New {
    fn run(self) -> ! {
        let [control, stdout, stderr] = self.files;
        let stood = replace(Standard::Output, stdout).and(replace(Standard::Error, stderr));
        run_forked(stood.map(|()| control), self.load)
    }
}
