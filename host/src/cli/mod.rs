//! The program.
use std::process::ExitCode;
use tractor_host::{Codec, Grants, Payload, Tree};

pub(crate) fn main() -> ExitCode {
    let mut args = std::env::args().skip(2);
    let file = args.next().expect("file");
    let rest: Vec<String> = args.collect();
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("rt");
    rt.block_on(async move {
        let tree = Tree::builder()
            .component("main", file.as_str())
            .terminal("main")
            .start()
            .await
            .expect("start");
        let grants = Grants {
            components: vec!["*".into()],
            ..Grants::default()
        };
        let spec = tractor_host::ActorSpec::new("main").grants(grants);
        let payload = Payload::new(Codec::Json, serde_json::to_vec(&[rest]).expect("json"));
        let result = tree
            .nursery(async |n| {
                let main = n.run_in_actor_payload(spec, "run", payload).await?;
                main.output_payload().await
            })
            .await;
        match result {
            Ok(v) => {
                eprintln!("{v:?}");
                ExitCode::SUCCESS
            }
            Err(e) => {
                eprintln!("error: {e} {e:?}");
                ExitCode::FAILURE
            }
        }
    })
}
