// The tool puts the module that it writes for a world in this place: `../tool/src/entry.rs`.
