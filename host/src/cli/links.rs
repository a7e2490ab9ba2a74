//! `--link`: imports of main's component that other actors satisfy. What does not fit is said before anything is started.

use super::exit::{self, Exit};
use super::units::Link;
use tractor_host::{ActorSpec, Child, Error, Grants, Nursery};
use tractor_wasm::Prepared;
use tractor_wasm::inspect::Import;

/// Looks whether each link names an import of `main` and a component that exports it with the same types, and whether none is missing.
pub(crate) fn check(
    main: &Prepared,
    bundle: &[(String, Prepared)],
    links: &[Link],
) -> Result<(), Exit> {
    let imports = main.functions().imports();
    for link in links {
        let import = find(main, imports, link)?;
        let (_, exporter) = bundle
            .iter()
            .find(|(name, _)| *name == link.name)
            .ok_or_else(|| unknown(link))?;
        import.check(exporter.functions()).map_err(|error| {
            let (interface, name) = (&link.interface, &link.name);
            let text = format!("`{name}` cannot satisfy `{interface}`: {error}");
            Exit::new(exit::BAD_COMPONENT, text)
        })?;
    }
    Ok(())
}

fn find<'a>(main: &Prepared, imports: &'a [Import], link: &Link) -> Result<&'a Import, Exit> {
    let mut found = imports.iter();
    let found = found.find(|import| import.is_called(&link.interface));
    found.ok_or_else(|| {
        let names: Vec<_> = imports
            .iter()
            .map(|i| format!("`{}`", i.interface))
            .collect();
        let there = match names.is_empty() {
            true => "nothing that an actor could satisfy".to_owned(),
            false => names.join(", "),
        };
        let (name, interface) = (main.name(), &link.interface);
        let text = format!("{name} imports no `{interface}`\n  it imports {there}");
        Exit::new(exit::USAGE, text)
    })
}

fn unknown(link: &Link) -> Exit {
    let Link { interface, name } = link;
    let text = format!(
        "no component is named `{name}`, which is to satisfy `{interface}`\n  add it: --actor {name}=FILE"
    );
    Exit::new(exit::USAGE, text)
}

/// Starts an actor for each name, once, and links main to it.
pub(crate) async fn start(
    nursery: &Nursery,
    links: &[Link],
    mut main: ActorSpec,
) -> Result<ActorSpec, Error> {
    let mut started: Vec<(&str, Child)> = Vec::new();
    for Link { interface, name } in links {
        let known = started.iter().find(|(other, _)| other == name);
        let child = match known {
            Some((_, child)) => child.clone(),
            None => {
                let spec = ActorSpec::new(name).grants(Grants::default());
                let child = nursery.start_actor(spec).await?;
                started.push((name, child.clone()));
                child
            }
        };
        main = main.link(interface.as_str(), child.portal());
    }
    Ok(main)
}
