//! The 64 seed bytes everything is derived from. They are never logged and never part of a message.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::str::FromStr;

use ldk_node::bip39::Mnemonic;
use ldk_node::bitcoin::hex::FromHex;
use zeroize::Zeroize;

use super::config::SeedConfig;
use super::data_dir::{private_file, unwritable};
use crate::failure::{Failure, Kind};

const SIZE: usize = 64;
const FILE: &str = "keys_seed";

pub type Seed = [u8; SIZE];

pub fn load(config: &mut SeedConfig, dir: &Path) -> Result<Seed, Failure> {
    match config {
        SeedConfig::File => from_file(dir),
        SeedConfig::Hex { value } => {
            let seed = <Seed>::from_hex(value).map_err(|_| invalid("The seed must be 128 hex digits."));
            value.zeroize();
            seed
        }
        SeedConfig::Mnemonic { value, passphrase } => Mnemonic::from_str(value)
            .map(|mnemonic| mnemonic.to_seed(passphrase.as_str()))
            .map_err(|error| invalid("The mnemonic is not valid BIP 39 words.").detail(mnemonic_reason(&error))),
    }
}

fn invalid(message: &str) -> Failure {
    Failure::new(Kind::SeedInvalid, message)
}

/// Says what is wrong without repeating a word of the mnemonic.
fn mnemonic_reason(error: &ldk_node::bip39::Error) -> &'static str {
    use ldk_node::bip39::Error;
    match error {
        Error::BadWordCount(_) => "wrong number of words",
        Error::UnknownWord(_) => "a word that is not in the list",
        Error::InvalidChecksum => "wrong checksum",
        _ => "unreadable",
    }
}

fn from_file(dir: &Path) -> Result<Seed, Failure> {
    let path = dir.join(FILE);
    match std::fs::read(&path) {
        Ok(bytes) => <Seed>::try_from(bytes.as_slice()).map_err(|_| {
            let message = format!("{} must hold exactly 64 bytes; restore it from a backup.", path.display());
            invalid(&message).detail(format!("{} bytes", bytes.len()))
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => create(dir, &path),
        Err(error) => Err(invalid(&format!("{} cannot be read.", path.display())).detail(error.to_string())),
    }
}

/// Makes a new seed and has it on disk, name and bytes, before anyone can be paid to it. It is written beside its
/// place and renamed, so that a power cut leaves either no seed or a whole one.
fn create(dir: &Path, path: &Path) -> Result<Seed, Failure> {
    let mut seed = [0; SIZE];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::new(Kind::Internal, "The system gave no randomness.").detail(error.to_string()))?;
    let draft = dir.join("keys_seed.new");
    let written = private_file().truncate(true).open(&draft).and_then(|mut file| {
        file.write_all(&seed)?;
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        File::open(dir)?.sync_all()
    });
    written.map_err(|error| unwritable(path, &error))?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_seed_file_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let seed = load(&mut SeedConfig::File, dir.path()).unwrap();
        assert_eq!(load(&mut SeedConfig::File, dir.path()).unwrap(), seed);
        let file = std::fs::metadata(dir.path().join(FILE)).unwrap();
        assert_eq!((file.len(), file.permissions().mode() & 0o777), (64, 0o600));
    }

    #[test]
    fn a_short_file_is_refused_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), [1; 63]).unwrap();
        assert_eq!(load(&mut SeedConfig::File, dir.path()).unwrap_err().kind, Kind::SeedInvalid);
        assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), [1; 63]);
    }

    #[test]
    fn the_mnemonic_follows_bip39() {
        // BIP 39 test vector, passphrase TREZOR.
        let mut config = SeedConfig::Mnemonic {
            value: "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
                .into(),
            passphrase: "TREZOR".into(),
        };
        let seed = load(&mut config, Path::new("/")).unwrap();
        assert!(crate::hex::to_hex(&seed).starts_with("c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e"));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        for value in [
            "zebra zebra",
            "secretword abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        ] {
            let mut config = SeedConfig::Mnemonic { value: value.into(), passphrase: String::new() };
            let failure = load(&mut config, Path::new("/")).unwrap_err();
            assert_eq!(failure.kind, Kind::SeedInvalid);
            assert!(!format!("{failure:?}").contains("secretword"));
        }
        let failure = load(&mut SeedConfig::Hex { value: "00".into() }, Path::new("/")).unwrap_err();
        assert_eq!(failure.kind, Kind::SeedInvalid);
    }
}
