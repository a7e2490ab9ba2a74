//! Names of Rust as names of WIT.

use proc_macro2::Ident;
use syn::ext::IdentExt;

/// Gives the kebab-case name of `ident`. WIT wants each word to begin with a letter.
pub(crate) fn kebab(ident: &Ident) -> syn::Result<String> {
    let plain = ident.unraw().to_string();
    let name = plain.trim_matches('_').replace('_', "-");
    if name.split('-').all(is_word) {
        return Ok(name);
    }
    let message = format!(
        "`{plain}` makes no name in WIT: each word is lower-case ASCII and begins with a letter"
    );
    Err(syn::Error::new(ident.span(), message))
}

fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kebab_of(name: &str) -> Option<String> {
        kebab(&syn::parse_str(name).expect("an identifier")).ok()
    }

    #[test]
    fn kebab_joins_words_with_hyphens() {
        assert_eq!(kebab_of("burn_cpu").as_deref(), Some("burn-cpu"));
        assert_eq!(kebab_of("_n2").as_deref(), Some("n2"));
        assert_eq!(kebab_of("r#type").as_deref(), Some("type"));
    }

    #[test]
    fn kebab_of_a_word_that_begins_with_a_digit_is_refused() {
        assert_eq!(kebab_of("sleep_2"), None);
        assert_eq!(kebab_of("Sleep"), None);
    }
}
