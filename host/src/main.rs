//! The program `tractor-host`.

fn main() {
    tractor_host::init();
}
