//! One entry: compiled code with a trailer, so that the file can be mapped as it is.
//!
//! ```text
//! code | name of the component | length of the name, u16 | digest of all before and the key | key | magic
//! ```

use super::key::Key;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

const MAGIC: &[u8; 8] = b"tractorC";

/// Bytes of the trailer behind the name.
const FOOTER_BYTES: usize = 2 + 32 + 32 + MAGIC.len();

/// The most bytes of a name that are kept.
const NAME_LIMIT_BYTES: usize = 200;

/// Writes an entry.
pub(super) fn write(to: &mut impl Write, key: Key, name: &str, code: &[u8]) -> io::Result<()> {
    let name = &name[..name.floor_char_boundary(NAME_LIMIT_BYTES)];
    let name_bytes = u16::try_from(name.len()).map_err(io::Error::other)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(code).update(name.as_bytes());
    hasher.update(&name_bytes.to_le_bytes());
    to.write_all(code)?;
    to.write_all(name.as_bytes())?;
    to.write_all(&name_bytes.to_le_bytes())?;
    to.write_all(digest(hasher, key).as_bytes())?;
    to.write_all(&key.0)?;
    to.write_all(MAGIC)
}

/// Whether `file` is the whole and undamaged entry of `key`.
pub(super) fn is_sound(file: &mut File, key: Key) -> io::Result<bool> {
    let Some(footer) = read_footer(file)? else {
        return Ok(false);
    };
    let covered = file.metadata()?.len() - (FOOTER_BYTES - 2) as u64;
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file.take(covered))?;
    Ok(footer.key == key && digest(hasher, key) == footer.digest)
}

/// The name of the component that an entry was compiled from; `None` if it is no entry. Nothing is verified.
pub(super) fn read_name(file: &mut File) -> io::Result<Option<String>> {
    let Some(footer) = read_footer(file)? else {
        return Ok(None);
    };
    let behind = FOOTER_BYTES + usize::from(footer.name_bytes);
    if file.metadata()?.len() < behind as u64 {
        return Ok(None);
    }
    file.seek(SeekFrom::End(-(behind as i64)))?;
    let mut name = vec![0; usize::from(footer.name_bytes)];
    file.read_exact(&mut name)?;
    Ok(String::from_utf8(name).ok())
}

struct Footer {
    name_bytes: u16,
    digest: blake3::Hash,
    key: Key,
}

fn read_footer(file: &mut File) -> io::Result<Option<Footer>> {
    if file.metadata()?.len() < FOOTER_BYTES as u64 {
        return Ok(None);
    }
    let mut bytes = [0; FOOTER_BYTES];
    file.seek(SeekFrom::End(-(FOOTER_BYTES as i64)))?;
    file.read_exact(&mut bytes)?;
    Ok(parse_footer(&bytes))
}

fn parse_footer(bytes: &[u8; FOOTER_BYTES]) -> Option<Footer> {
    let (name_bytes, rest) = bytes.split_first_chunk::<2>()?;
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let (key, magic) = rest.split_first_chunk::<32>()?;
    (magic == MAGIC).then_some(Footer {
        name_bytes: u16::from_le_bytes(*name_bytes),
        digest: blake3::Hash::from_bytes(*digest),
        key: Key(*key),
    })
}

fn digest(mut hasher: blake3::Hasher, key: Key) -> blake3::Hash {
    hasher.update(&key.0);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("temp file");
        file.write_all(bytes).expect("written");
        file
    }

    #[test]
    fn entry_with_any_byte_changed_or_missing_is_not_sound() {
        let key = Key([7; 32]);
        let mut bytes = Vec::new();
        write(&mut bytes, key, "primes", b"code").expect("written");
        assert!(is_sound(&mut entry(&bytes), key).expect("read"));
        assert!(!is_sound(&mut entry(&bytes), Key([8; 32])).expect("read"));
        assert_eq!(
            read_name(&mut entry(&bytes)).expect("read").as_deref(),
            Some("primes")
        );
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1;
            assert!(
                !is_sound(&mut entry(&damaged), key).expect("read"),
                "{index}"
            );
            let mut short = bytes.clone();
            short.truncate(index);
            assert!(!is_sound(&mut entry(&short), key).expect("read"), "{index}");
        }
    }
}
