//! Keeping the whole measurement on one core, workers included: those inherit it from the thread that starts them.

use anyhow::Context;
use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};

/// All threads of this process are on one core until this is dropped.
pub(crate) struct Pinned {
    before: CpuSet,
}

impl Pinned {
    /// Pins every thread to the first core that this process may use.
    pub(crate) fn to_one_core() -> anyhow::Result<Self> {
        let before = sched_getaffinity(None)?;
        let first = (0..CpuSet::MAX_CPU).find(|core| before.is_set(*core));
        let mut one = CpuSet::new();
        one.set(first.context("this process may run nowhere")?);
        set_all(&one)?;
        Ok(Self { before })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // Nothing is lost but the use of the other cores.
        let _ = set_all(&self.before);
    }
}

fn set_all(cores: &CpuSet) -> anyhow::Result<()> {
    for thread in std::fs::read_dir("/proc/self/task")? {
        let id = thread?.file_name().to_string_lossy().parse()?;
        // A thread may have ended meanwhile.
        let _ = sched_setaffinity(Pid::from_raw(id), cores);
    }
    Ok(())
}
