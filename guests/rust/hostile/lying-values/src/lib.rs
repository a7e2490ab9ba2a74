//! Calls another actor with values that say they are longer than they are, and sends such.

use tractor_guest::wit::task::Scope;
use tractor_guest::wit::{nursery, portal, registrar};
use tractor_guest::{Codec, Payload, Result, export};

/// Calls a function of the sibling with these bytes as they are; gives how that ended.
#[export]
async fn call(function: String, codec: u8, bytes: Vec<u8>) -> Result<()> {
    let scope = Scope::current();
    let portal: portal::Portal = registrar::wait_for(&scope, "sibling".to_owned()).await?;
    let codec = match codec {
        0 => Codec::Postcard,
        1 => Codec::Json,
        _ => Codec::Wave,
    };
    let arguments = Payload { codec, bytes };
    portal.call(&scope, function, arguments).await.map(drop)
}

/// Starts an actor with grants that are longer than anyone's.
#[export]
async fn grants(bytes: u32) -> Result<()> {
    let scope = Scope::current();
    let options = nursery::NurseryOptions {
        grace: None,
        restart: None,
    };
    let nursery = nursery::Nursery::open(&scope, options);
    let spec = tractor_guest::ActorSpec::new("self");
    let spec = spec.grant_env("K", "x".repeat(bytes as usize));
    let started = nursery.start_actor(spec.into()).await;
    let body = started.err();
    nursery.close(body).await
}
