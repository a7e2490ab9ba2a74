//! `tractor-host why`.

use super::args::Why;
use super::exit::{self, Exit};
use super::output::{complain, print};
use super::tree::{is_none_of_ours, running, unseen};
use std::collections::BTreeSet;
use tractor_host::look::Account;

/// Ended actors of one name that are told of; the last are what people ask for.
const MOST_ENDED: usize = 3;

/// Names listed to who asks for one that is not there.
const MOST_NAMES: usize = 16;

/// How alike a name is that is meant, at least.
const NEAR: f64 = 0.7;

/// Says of an actor what it does, what it waits for, who cancelled it, or what it failed with.
pub(crate) fn why(arguments: &Why) -> Result<(), Exit> {
    let trees = running(arguments.tree)?;
    let mut all = Vec::new();
    for tree in &trees {
        match tree.accounts() {
            Ok(accounts) => all.extend(accounts),
            // Nobody asked for these.
            Err(error) if arguments.tree.is_none() && is_none_of_ours(&error) => {}
            Err(error) => complain(&unseen(tree, &error)),
        }
    }
    let found = found(&all, &arguments.actor);
    if found.is_empty() {
        return Err(unknown(&all, &arguments.actor));
    }
    let stories: Vec<_> = found.iter().map(|account| account.story.as_str()).collect();
    print(&format!("{}\n", stories.join("\n\n")))
}

/// Those who run, and the last of those that ended. Of two with one process id the one that runs is meant.
fn found<'a>(all: &'a [Account], actor: &str) -> Vec<&'a Account> {
    let pid = actor.parse::<u32>().ok().filter(|pid| *pid != 0);
    let meant = |account: &&Account| Some(account.pid) == pid || account.name == actor;
    let (ended, mut found): (Vec<_>, Vec<_>) =
        all.iter().filter(meant).partition(|account| account.ended);
    let room = match (pid, found.is_empty()) {
        (Some(_), false) => 0,
        _ => MOST_ENDED,
    };
    found.extend(ended.into_iter().take(room));
    found
}

fn unknown(all: &[Account], actor: &str) -> Exit {
    // A tree has a root.
    if all.is_empty() {
        return Exit::new(exit::UNAVAILABLE, "no tree of yours runs on this machine");
    }
    let names: BTreeSet<&str> = all.iter().map(|account| account.name.as_str()).collect();
    let mut text = format!("no actor `{actor}` runs here, or ended lately");
    let likeness = |name: &str| strsim::jaro_winkler(name, actor);
    let near = names
        .iter()
        .copied()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    if let Some(near) = near.filter(|name| likeness(name) > NEAR) {
        text.push_str(&format!("\n  did you mean `{near}`?"));
    }
    let listed: Vec<_> = names.iter().take(MOST_NAMES).copied().collect();
    let more = match names.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    text.push_str(&format!("\n  there are: {}{more}", listed.join(", ")));
    Exit::new(exit::UNAVAILABLE, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str, pid: u32, ended: bool) -> Account {
        Account {
            name: name.to_owned(),
            pid,
            ended,
            story: format!("{name} {pid}"),
        }
    }

    #[test]
    fn actor_is_found_by_name_or_process() {
        let all = [
            account("main", 10, false),
            account("a", 11, false),
            account("a", 12, true),
            account("b", 11, true),
        ];
        let pids = |actor| Vec::from_iter(found(&all, actor).iter().map(|found| found.pid));
        assert_eq!(pids("a"), [11, 12]);
        assert_eq!(pids("12"), [12]);
        // The process id was given anew.
        assert_eq!(found(&all, "11"), [&all[1]]);
        assert_eq!(pids("b"), [11]);
        assert!(found(&all, "c").is_empty() && found(&all, "0").is_empty());
    }

    #[test]
    fn ended_actors_of_one_name_are_told_of_the_last_first() {
        let all: Vec<_> = (1..9).map(|pid| account("a", pid, true)).collect();
        assert_eq!(found(&all, "a").len(), MOST_ENDED);
        assert_eq!(found(&all, "a")[0].pid, 1);
    }
}
