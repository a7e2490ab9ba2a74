//! What is to be run. The names of libtest's own flags are taken and have no effect, so that `cargo test` and nextest can run it.

/// What is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A filter names other tests.
    Nothing,
    /// The name of the one test.
    List,
    Chaos,
    Teardown,
    /// Both, for short: what `cargo test` runs.
    Both,
}

#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    pub(crate) mode: Mode,
    /// How long rounds are begun.
    pub(crate) minutes: f64,
    /// Rounds end when there were so many kills.
    pub(crate) kills: u64,
    pub(crate) seed: u64,
    /// The one round to run.
    pub(crate) round: Option<u64>,
    /// How many random trees are torn down.
    pub(crate) trees: u32,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self {
            mode: Mode::Both,
            minutes: 1.0,
            kills: u64::MAX,
            seed: fastrand::u64(..1_000_000),
            round: None,
            trees: 12,
        };
        let mut ignored = false;
        while let Some(word) = words.next() {
            match word.as_str() {
                "chaos" => parsed.mode = Mode::Chaos,
                "teardown" => parsed.mode = Mode::Teardown,
                "--list" => parsed.mode = Mode::List,
                "--ignored" => ignored = true,
                "--minutes" => parsed.minutes = number(&word, words.next())?,
                "--kills" => parsed.kills = number(&word, words.next())?,
                "--seed" => parsed.seed = number(&word, words.next())?,
                "--round" => parsed.round = Some(number(&word, words.next())?),
                "--trees" => parsed.trees = number(&word, words.next())?,
                "--format" | "--test-threads" | "--skip" | "--color" => drop(words.next()),
                flag if flag.starts_with('-') => {}
                filter if parsed.mode == Mode::Both && !"chaos".contains(filter) => {
                    parsed.mode = Mode::Nothing;
                }
                _ => {}
            }
        }
        if ignored {
            parsed.mode = Mode::Nothing;
        }
        Ok(parsed)
    }
}

fn number<T: std::str::FromStr>(flag: &str, word: Option<String>) -> Result<T, String> {
    let word = word.ok_or_else(|| format!("{flag} needs a number"))?;
    word.parse()
        .map_err(|_| format!("{flag} {word}: not a number"))
}
