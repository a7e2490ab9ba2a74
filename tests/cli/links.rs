//! `--link`: an import of main's component satisfied by an actor.

use crate::guests::guest;
use crate::program::{Ran, run};
use insta::assert_snapshot;

fn call(links: &[&str], importer: &str, text: &str) -> Ran {
    let file = guest(importer).display().to_string();
    let calc = format!("calc={}", guest("plain-calc").display());
    let mut arguments = vec!["call", "--actor", &calc];
    for link in links {
        arguments.extend(["--link", link]);
    }
    arguments.extend([&*file, text]);
    run(&arguments)
}

fn linked(text: &str) -> Ran {
    call(&["plain:calc/sums=calc"], "plain-user", text)
}

#[test]
fn import_is_satisfied_by_the_actor_that_is_named() {
    assert_eq!(linked("more(1, 2)").prints(), "4\n");
    assert_eq!(linked("ratio(1, 0)").prints(), "\"by zero\"\n");
    assert_eq!(
        linked("both(\"a\", \"b\")").prints(),
        "[\"a, later\", \"b, later\"]\n"
    );
    let versioned = call(&["plain:calc/sums@1.2.0=calc"], "plain-user", "more(1, 2)");
    assert_eq!(versioned.prints(), "4\n");
}

#[test]
fn trap_of_the_linked_actor_ends_the_program_with_its_story() {
    let ran = linked("fall()");
    assert!(matches!(ran.code, Some(1 | 134)), "{ran:?}");
    // Whether main is told of as well depends on which of the two is faster.
    assert!(ran.err.contains("calc (pid N)"), "{ran:?}");
    assert!(ran.err.contains("calc fell over"), "{ran:?}");
}

#[test]
fn import_that_no_link_names_is_told_with_the_flag_to_give() {
    assert_snapshot!(call(&[], "plain-user", "more(1, 2)").says(65), @"
    error: plain_user (pid N) failed: `plain_user.wasm` imports `plain:calc/sums@1.2.0`, and nothing satisfies it
        name an actor that exports it: --actor NAME=FILE --link plain:calc/sums=NAME
    ");
}

#[test]
fn link_that_does_not_fit_is_refused_before_anything_starts() {
    assert_snapshot!(call(&["plain:calc/other=calc"], "plain-user", "idle()").says(2), @"
    error: plain_user.wasm imports no `plain:calc/other`
      it imports `plain:calc/sums@1.2.0`
    ");
    assert_snapshot!(call(&["plain:calc/sums=clac"], "plain-user", "idle()").says(2), @"
    error: no component is named `clac`, which is to satisfy `plain:calc/sums`
      add it: --actor clac=FILE
    ");
    assert_snapshot!(call(&["plain:calc/sums=calc"], "plain-misfit", "more(1, 2)").says(65), @"error: `calc` cannot satisfy `plain:calc/sums`: plain_calc.wasm exports `plain:calc/sums@1.2.0#add` as (u32, u32) -> u32, and it is imported as (u64, u64) -> u64");
}
