//! Changes to `config.toml`: comments, order, line ends and what is not touched stay as they are.

use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value as Toml};

use super::file::{ConfigError, ConfigFile};
use super::profile::ProfileName;
use super::service::{BIND, Service, WhichToken};
use super::table::{DEFAULT_PROFILE, Key, Kind, PROFILES};
use super::value::Value;
use crate::oauth::WebOrigin;
use crate::sys::files;

impl ConfigFile {
    /// Changes the file as it is now, under its lock: what another process wrote in the meantime is kept. A file that
    /// is not there is created (0600, its folder 0700), unless there is nothing to write.
    ///
    /// # Errors
    /// [`ConfigError`]; then the file is as it was.
    pub fn change<T>(path: &Path, change: impl FnOnce(&mut Self) -> Result<T, ConfigError>) -> Result<T, ConfigError> {
        let lock = files::lock_config(path).map_err(ConfigError::File)?;
        let mut file = Self::load(path)?;
        let before = file.text.clone();
        let answer = change(&mut file)?;
        if file.text != before {
            lock.write(&file.text).map_err(ConfigError::File)?;
        }
        Ok(answer)
    }

    /// Sets a key of a profile, which is created if need be.
    ///
    /// # Errors
    /// [`ConfigError::Layout`]
    pub fn set(&mut self, profile: &ProfileName, key: Key, value: &Value) -> Result<(), ConfigError> {
        self.edit(|document| put(profile_table(document, profile)?, key.row().name, to_toml(key, value)?))?;
        if self.get(profile, key).map(|(written, _)| written) == Some(value) { Ok(()) } else { Err(self.layout()) }
    }

    /// Removes a key from a profile; false if it was not there.
    ///
    /// # Errors
    /// [`ConfigError::Layout`]
    pub fn unset(&mut self, profile: &ProfileName, key: Key) -> Result<bool, ConfigError> {
        if self.get(profile, key).is_none() {
            return Ok(false);
        }
        self.edit(|document| profile_table(document, profile)?.as_table_like_mut()?.remove(key.row().name).map(drop))?;
        Ok(true)
    }

    /// Has a profile answer for a service, in the place of what it said of the same origin.
    ///
    /// # Errors
    /// [`ConfigError::Layout`]
    pub fn bind(&mut self, profile: &ProfileName, service: &Service) -> Result<(), ConfigError> {
        let written = |file: &Self| file.services(profile).find(|known| known.origin == service.origin).cloned();
        self.edit(|document| {
            let table = sub_table(profile_table(document, profile)?, BIND)?;
            // It may be written in another way, such as with the port.
            let of_service = |name: &str| WebOrigin::parse(name).is_ok_and(|origin| origin == service.origin);
            let old = table.as_table_like()?.iter().map(|(name, _)| name.to_owned()).find(|name| of_service(name));
            put(table, old.as_deref().unwrap_or(service.origin.as_str()), Toml::InlineTable(service_to_toml(service)))
        })?;
        if written(self).as_ref() == Some(service) { Ok(()) } else { Err(self.layout()) }
    }

    /// Has a profile answer for a service no longer; false if it did not.
    ///
    /// # Errors
    /// [`ConfigError::Layout`]
    pub fn unbind(&mut self, profile: &ProfileName, origin: &WebOrigin) -> Result<bool, ConfigError> {
        if self.services(profile).all(|service| service.origin != *origin) {
            return Ok(false);
        }
        self.edit(|document| {
            let of_profile = profile_table(document, profile)?;
            let table = sub_table(of_profile, BIND)?.as_table_like_mut()?;
            let is_it = |name: &str| WebOrigin::parse(name).is_ok_and(|known| known == *origin);
            let name = table.iter().map(|(name, _)| name.to_owned()).find(|name| is_it(name))?;
            table.remove(&name)?;
            if table.is_empty() {
                of_profile.as_table_like_mut()?.remove(BIND)?;
            }
            Some(())
        })?;
        Ok(true)
    }

    /// Creates a profile without keys, unless it is there already; true if it was not.
    ///
    /// # Errors
    /// [`ConfigError::Layout`]
    pub(super) fn create(&mut self, profile: &ProfileName) -> Result<bool, ConfigError> {
        if self.has(profile) {
            return Ok(false);
        }
        self.edit(|document| profile_table(document, profile).map(drop))?;
        if self.has(profile) { Ok(true) } else { Err(self.layout()) }
    }

    /// Removes a profile, and `default-profile` if it names that one; false if there was no such profile.
    ///
    /// # Errors
    /// [`ConfigError::Layout`]
    pub fn remove(&mut self, profile: &ProfileName) -> Result<bool, ConfigError> {
        if !self.has(profile) {
            return Ok(false);
        }
        let is_default = self.default_profile().is_some_and(|(name, _)| name == profile);
        self.edit(|document| {
            sub_table(document.as_item_mut(), PROFILES)?.as_table_like_mut()?.remove(profile.as_str())?;
            if is_default {
                document.remove(DEFAULT_PROFILE)?;
            }
            Some(())
        })?;
        Ok(true)
    }

    /// Says which profile is the default.
    ///
    /// # Errors
    /// [`ConfigError::Layout`]
    pub fn set_default(&mut self, profile: &ProfileName) -> Result<(), ConfigError> {
        self.edit(|document| put(document.as_item_mut(), DEFAULT_PROFILE, Toml::from(profile.as_str())))?;
        if self.default_profile().is_some_and(|(name, _)| name == profile) { Ok(()) } else { Err(self.layout()) }
    }

    /// Edits the text and reads it again, so that lines and values are always those of the text.
    fn edit(&mut self, change: impl FnOnce(&mut DocumentMut) -> Option<()>) -> Result<(), ConfigError> {
        let mut document: DocumentMut = self.text.parse().map_err(|_| self.layout())?;
        change(&mut document).ok_or_else(|| self.layout())?;
        let path = self.path().unwrap_or(Path::new("")).to_owned();
        let text = document.to_string();
        // A new file does not begin with a blank line.
        let text = if self.text.is_empty() { text.trim_start().to_owned() } else { text };
        *self = Self::parse(&path, ended_as(&self.text, text)).map_err(|_| self.layout())?;
        Ok(())
    }

    fn layout(&self) -> ConfigError {
        ConfigError::Layout(self.path().unwrap_or(Path::new("")).to_owned())
    }
}

/// A text with the line ends and the byte order mark of the one that it was made from: the parser keeps neither.
fn ended_as(before: &str, text: String) -> String {
    let (with_return, all) = (before.matches("\r\n").count(), before.matches('\n').count());
    let text = if 2 * with_return > all { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text };
    if before.starts_with('\u{feff}') { format!("\u{feff}{text}") } else { text }
}

/// The table of this name in another, made if it is not there; `None` if something else is.
fn sub_table<'a>(parent: &'a mut Item, name: &str) -> Option<&'a mut Item> {
    let new = if parent.is_inline_table() {
        Item::Value(Toml::InlineTable(InlineTable::new()))
    } else {
        let mut table = Table::new();
        // No line `[profiles]`, but a blank one before `[profiles.NAME]`.
        table.set_implicit(name == PROFILES);
        table.decor_mut().set_prefix("\n");
        table.set_dotted(parent.as_table().is_some_and(Table::is_dotted));
        Item::Table(table)
    };
    parent.as_table_like_mut()?.entry(name).or_insert(new);
    parent.get_mut(name).filter(|item| item.is_table_like())
}

/// A profile's table, made if it is not there.
fn profile_table<'a>(document: &'a mut DocumentMut, profile: &ProfileName) -> Option<&'a mut Item> {
    sub_table(sub_table(document.as_item_mut(), PROFILES)?, profile.as_str())
}

/// Puts a value in the place of the old one, with the comment behind it, or at the end.
fn put(table: &mut Item, name: &str, mut value: Toml) -> Option<()> {
    let table = table.as_table_like_mut()?;
    if let Some(Item::Value(old)) = table.get_mut(name) {
        *value.decor_mut() = old.decor().clone();
        *old = value;
    } else {
        table.insert(name, Item::Value(value));
    }
    Some(())
}

/// What of a service is not as usual.
fn service_to_toml(service: &Service) -> InlineTable {
    let list = |texts: &[String]| Toml::Array(texts.iter().map(String::as_str).collect::<Array>());
    let scopes: Vec<String> = service.scopes.iter().map(str::to_owned).collect();
    let mut table = InlineTable::new();
    table.insert("as", Toml::from(service.scheme.to_string()));
    if service.token != WhichToken::Access {
        table.insert("token", Toml::from(service.token.name()));
    }
    for (name, texts) in [("resource", &service.resource), ("audience", &service.audience), ("scopes", &scopes)] {
        if !texts.is_empty() {
            table.insert(name, list(texts));
        }
    }
    if service.exchange {
        table.insert("exchange", Toml::from(true));
    }
    table
}

/// `None` for a path that is not UTF-8.
fn to_toml(key: Key, value: &Value) -> Option<Toml> {
    Some(match value {
        Value::Text(text) if key.row().kind == Kind::Switch => Toml::from(text == "true"),
        Value::Text(text) => Toml::from(text.as_str()),
        Value::Path(path) => Toml::from(path.to_str()?),
        Value::List(texts) => Toml::Array(texts.iter().map(String::as_str).collect::<Array>()),
        Value::Pairs(pairs) => {
            let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            Toml::InlineTable(pairs.collect::<InlineTable>())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ConfigFile {
        ConfigFile::parse(Path::new("/c/config.toml"), text.to_owned()).unwrap()
    }

    fn name(text: &str) -> ProfileName {
        ProfileName::parse(text).unwrap()
    }

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    #[test]
    fn comments_and_order_survive() {
        let mut file = parse(
            "# top\n\n[profiles.work] # the work one\n# who\nusername = \"ada\" # me\n\
             issuer=  \"https://a\"\n\n# the other\n[profiles.home]\nclient-id = 'x'\n",
        );
        file.set(&name("work"), Key::Username, &text("bob")).unwrap();
        file.set(&name("work"), Key::Scopes, &Value::List(vec!["a".into(), "b".into()])).unwrap();
        file.set(&name("new"), Key::Issuer, &text("https://b")).unwrap();
        file.set_default(&name("home")).unwrap();
        assert_eq!(
            file.text,
            "default-profile = \"home\"\n# top\n\n[profiles.work] # the work one\n# who\nusername = \"bob\" # me\n\
             issuer=  \"https://a\"\nscopes = [\"a\", \"b\"]\n\n# the other\n[profiles.home]\nclient-id = 'x'\n\n\
             [profiles.new]\nissuer = \"https://b\"\n"
        );
        assert!(file.unset(&name("work"), Key::Username).unwrap());
        assert!(!file.unset(&name("work"), Key::Username).unwrap());
        assert!(file.remove(&name("home")).unwrap() && !file.remove(&name("home")).unwrap());
        assert_eq!(file.default_profile(), None);
        assert_eq!(
            file.text,
            "# top\n\n[profiles.work] # the work one\nissuer=  \"https://a\"\nscopes = [\"a\", \"b\"]\n\n\
             [profiles.new]\nissuer = \"https://b\"\n"
        );
    }

    #[test]
    fn line_ends_and_byte_order_mark_survive() {
        let mut file = parse("\u{feff}# top\r\n[profiles.a]\r\nissuer = 'https://a' # c\r\n");
        file.set(&name("a"), Key::Issuer, &text("https://b")).unwrap();
        file.set(&name("a"), Key::Username, &text("ada")).unwrap();
        file.set(&name("b"), Key::Username, &text("bob")).unwrap();
        assert!(file.unset(&name("b"), Key::Username).unwrap());
        assert_eq!(
            file.text,
            "\u{feff}# top\r\n[profiles.a]\r\nissuer = \"https://b\" # c\r\nusername = \"ada\"\r\n\r\n[profiles.b]\r\n"
        );
    }

    #[test]
    fn a_switch_is_written_as_one() {
        let mut file = parse("[profiles.a]\n");
        for yes in ["true", "false"] {
            file.set(&name("a"), Key::Dpop, &text(yes)).unwrap();
            assert_eq!(file.text, format!("[profiles.a]\ndpop = {yes}\n"));
        }
    }

    #[test]
    fn a_new_file() {
        let mut file = parse("");
        file.set_default(&name("work")).unwrap();
        file.set(&name("work"), Key::Issuer, &text("https://a")).unwrap();
        file.set(&name("work"), Key::Extra, &Value::Pairs(vec![("a b".into(), "\u{e9} #".into())])).unwrap();
        file.set(&name("a.b"), Key::CaFile, &Value::Path("/my/ca.pem".into())).unwrap();
        assert!(file.create(&name("empty")).unwrap() && !file.create(&name("empty")).unwrap());
        assert_eq!(
            file.text,
            "default-profile = \"work\"\n\n[profiles.work]\nissuer = \"https://a\"\n\
             extra = { \"a b\" = \"é #\" }\n\n[profiles.\"a.b\"]\nca-file = \"/my/ca.pem\"\n\n[profiles.empty]\n"
        );
        let mut alone = parse("");
        alone.set(&name("work"), Key::Issuer, &text("https://a")).unwrap();
        assert_eq!(alone.text, "[profiles.work]\nissuer = \"https://a\"\n");
    }

    #[test]
    fn every_layout_can_be_changed_or_is_left_alone() {
        for before in [
            "",
            "# nothing\n",
            "profiles.work.issuer = 'https://h'",
            "profiles.work = { issuer = 'https://h' }",
            "profiles = { work = { issuer = 'https://h' } }",
            "profiles = {}",
            "[profiles]\nwork.issuer = 'https://h'",
            "[profiles]\nwork = { issuer = 'https://h' } # c",
            "[profiles]\n",
            "[profiles.work.extra]\na = 'b'",
            "[profiles.work]\nextra.a = 'b'",
            "[profiles.work]\r\nissuer = 'https://h'\r\n",
            "[profiles.work]\nissuer = \"\"\"https://h\"\"\"",
        ] {
            for profile in ["work", "new", "a.b"] {
                let mut file = parse(before);
                for (key, value) in [
                    (Key::Issuer, text("https://x")),
                    (Key::Username, text("it's \"ada\" \\")),
                    (Key::Audience, Value::List(vec![])),
                    (Key::Extra, Value::Pairs(vec![("k".into(), "v".into())])),
                ] {
                    file.set(&name(profile), key, &value).unwrap_or_else(|why| panic!("{before}: {why}"));
                    assert_eq!(file.get(&name(profile), key).unwrap().0, &value, "{before}");
                }
                file.set_default(&name(profile)).unwrap();
                for key in [Key::Issuer, Key::Audience, Key::Extra] {
                    assert!(file.unset(&name(profile), key).unwrap(), "{before}");
                }
                assert!(file.has(&name(profile)) && file.remove(&name(profile)).unwrap(), "{before}: {}", file.text);
                assert!(!file.has(&name(profile)), "{before}");
            }
        }
    }

    #[test] // R05
    fn a_change_creates_the_file_and_keeps_what_others_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/tok/config.toml");
        ConfigFile::change(&path, |file| {
            assert!(file.text.is_empty());
            file.set(&name("a"), Key::Username, &text("ada"))
        })
        .unwrap();
        let stale = ConfigFile::load(&path).unwrap();
        ConfigFile::change(&path, |file| file.set(&name("b"), Key::Username, &text("bob"))).unwrap();
        ConfigFile::change(&path, |file| file.set(&name("a"), Key::Grant, &text("password"))).unwrap();
        assert_eq!(stale.profiles().count(), 1);
        let now = ConfigFile::load(&path).unwrap();
        assert_eq!(now.profiles().map(ProfileName::as_str).collect::<Vec<_>>(), ["a", "b"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        }
    }

    #[test]
    fn a_change_that_fails_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let failed: Result<(), _> = ConfigFile::change(&path, |file| {
            file.set(&name("a"), Key::Username, &text("ada"))?;
            Err(ConfigError::NoFolder)
        });
        assert!(failed.is_err() && !path.exists());
        std::fs::write(&path, "[profiles.a]\nx = 1").unwrap();
        assert!(ConfigFile::change(&path, |file| file.set_default(&name("a"))).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[profiles.a]\nx = 1");
    }
}
