//! Names that were perhaps meant.

/// How alike a name must be to be proposed, from 0 to 1: `ad` for `add` is 0.67.
pub(crate) const ALIKE: f64 = 0.6;

/// Names proposed in one error.
const MOST_PROPOSED: usize = 3;

/// Longest name that others are compared with, in characters: it costs the product of their lengths, and no name is so long.
const MOST_COMPARED: usize = 100;

/// How alike two names are; snake case and capitals count as WIT's own spelling.
pub(crate) fn likeness(asked: &str, name: &str) -> f64 {
    if asked.chars().nth(MOST_COMPARED).is_some() {
        return 0.0;
    }
    let spelled = asked.replace('_', "-").to_lowercase();
    strsim::normalized_damerau_levenshtein(&spelled, &name.to_lowercase())
}

/// A question for the names that are near, nearest first; empty if there is none.
pub(crate) fn perhaps<'a>(asked: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut near: Vec<(f64, &str)> = names.map(|name| (likeness(asked, name), name)).collect();
    near.retain(|(alike, _)| *alike >= ALIKE);
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near = near.iter().take(MOST_PROPOSED);
    let near: Vec<String> = near.map(|(_, name)| format!("`{name}`")).collect();
    match near.is_empty() {
        true => String::new(),
        false => format!("; did you mean {}?", near.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str) -> String {
        perhaps(name, ["width", "height", "weight"].into_iter())
    }

    #[test]
    fn names_that_are_near_are_proposed_nearest_first() {
        assert_eq!(asked("heigth"), "; did you mean `height` or `weight`?");
        assert_eq!(asked("Width"), "; did you mean `width`?");
        assert_eq!(asked("colour"), "");
        assert_eq!(asked(&"height".repeat(100)), "");
    }
}
