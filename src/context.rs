//! What a verb is given: the terminal, the clocks, the environment, the configuration; and from these, on demand, the
//! settings of a profile and the world in which its session lives.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;

use crate::error::{self, Place};
use crate::oauth::{GrantKind, WebOrigin};
use crate::session::signing::Signing;
use crate::session::{Cached, Keeper, SessionError};
use crate::settings::{self, Chosen, ConfigError, ConfigFile, Inputs, Origin, Settings, SettingsError};
use crate::store::keyring::{PATIENCE, PATIENCE_WITH_A_PERSON};
use crate::store::{
    AccessCache, CacheSlot, EntryName, FileStore, KernelStore, KeyringStore, NoStore, Store, StoreKind, available,
};
use crate::sys::clock::Clock;
use crate::sys::environment::Environment;
use crate::sys::http::{HttpTransport, Shown, Transport, TransportOptions};
use crate::sys::paths::Folders;
use crate::sys::terminal::Terminal;

/// The real world, as a verb sees it.
pub struct Context {
    /// The profile that was named with `-p`.
    pub profile: Option<String>,
    /// The variables.
    pub environment: Environment,
    /// Where configuration and state lie.
    pub folders: Folders,
    /// Whoever is there to read and type.
    pub terminal: Rc<dyn Terminal>,
    /// The clocks.
    pub clock: Rc<dyn Clock>,
    /// The configuration file as it was when this process read it.
    pub config: ConfigFile,
    /// What told that state of the file from others, taken before it was read.
    pub config_fingerprint: String,
    /// The grant that the settings named when they were last resolved: for advice on what failed.
    pub grant: Cell<Option<GrantKind>>,
    /// The profile that answers for a service, where the call alone would have meant another one: for the same.
    pub served: RefCell<Option<String>>,
    /// Whether another program asks.
    pub for_a_program: bool,
    /// Whether that program takes standard error for a part of the answer: then nothing is said there.
    pub is_mute: bool,
    /// Why the configuration file could not be read: a helper tells that in its own protocol, and answers nobody.
    pub unreadable: Option<ConfigError>,
}

/// A store and a way to the server, for one profile.
pub struct World {
    store: Box<dyn Store>,
    cache: AccessCache,
    transport: Signing<Shown>,
    locks: Option<PathBuf>,
}

impl Context {
    /// The settings for a verb that uses a session: credentials in the environment go before it.
    ///
    /// # Errors
    /// [`SettingsError`]
    pub fn settings(&self, inputs: Inputs<'_>) -> Result<Settings, SettingsError> {
        let settings = settings::resolve(&inputs)?;
        settings.notes.iter().for_each(|note| self.terminal.notice(note));
        self.grant.set(settings.grant.value.named());
        Ok(settings)
    }

    /// The profile that answers for a service.
    ///
    /// # Errors
    /// [`SettingsError`]
    pub fn answering(&self, origin: WebOrigin) -> Result<Chosen, SettingsError> {
        settings::choose(self.profile.as_deref(), &self.environment, &self.config, &[origin])
    }

    /// The settings for the token of a service, of the profile that answers for it.
    ///
    /// # Errors
    /// [`SettingsError`]
    pub fn settings_for(&self, chosen: &Chosen, inputs: Inputs<'_>) -> Result<Settings, SettingsError> {
        let selected = settings::selected_profile(inputs.profile, &self.environment, &self.config)?;
        // Called by no name, it is the one whose copy in the cache `tok token` has as well.
        let profile = inputs.profile.or((selected != chosen.profile).then_some(chosen.profile.as_str()));
        self.served.replace(profile.map(str::to_owned));
        let mut settings = self.settings(Inputs { profile, ..inputs })?;
        settings.serve(&chosen.service);
        Ok(settings)
    }

    /// For a verb that deals with the session that is kept, whatever credentials are in the environment: the store is
    /// the session's, not the `none` that goes with such credentials.
    ///
    /// # Errors
    /// [`SettingsError`]
    pub fn kept_settings(&self, inputs: Inputs<'_>) -> Result<Settings, SettingsError> {
        let mut settings = self.settings(inputs)?;
        settings.store = settings.session_store.clone();
        Ok(settings)
    }

    /// What this call gives every verb to resolve.
    #[must_use]
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            options: None,
            profile: self.profile.as_deref(),
            password_stdin: false,
            environment: &self.environment,
            file: &self.config,
            may_create: false,
        }
    }

    /// The store and the transport that these settings name. Nothing is opened or sent yet.
    ///
    /// # Errors
    /// [`SessionError::NoStateFolder`]
    pub fn world(&self, settings: &Settings) -> Result<World, SessionError> {
        let store: Box<dyn Store> = match settings.store.value {
            StoreKind::Keyring => Box::new(self.keyring()),
            StoreKind::Kernel => Box::new(KernelStore),
            StoreKind::File => match &self.folders.state {
                Some(state) => Box::new(FileStore::new(state)),
                None => return Err(SessionError::NoStateFolder),
            },
            StoreKind::None => Box::new(NoStore),
        };
        let cache = if settings.store.value == StoreKind::None { AccessCache::none() } else { AccessCache::kernel() };
        let options = TransportOptions {
            timeout: settings.timeout.value,
            ca_file: settings.ca_file.as_ref().map(|file| file.value.clone()),
            // One file may hold both.
            client_identity: settings.client_cert.as_ref().map(|certificate| {
                let key = settings.client_key.as_ref().unwrap_or(certificate);
                (certificate.value.clone(), key.value.clone())
            }),
        };
        let transport = Shown::new(HttpTransport::new(options), Rc::clone(&self.terminal));
        let transport = Signing::new(transport, Rc::clone(&self.clock));
        Ok(World { store, cache, transport, locks: self.folders.state.as_ref().map(|state| state.join("locks")) })
    }

    /// The configuration file, for who may have come here without one that could be read.
    ///
    /// # Errors
    /// [`SettingsError::Config`]
    pub fn readable_config(&self) -> Result<&ConfigFile, SettingsError> {
        self.unreadable.clone().map_or(Ok(&self.config), |why| Err(SettingsError::Config(why)))
    }

    /// Where the advice on a failure of this call has to work.
    #[must_use]
    pub fn place(&self, error: &anyhow::Error) -> Place {
        let alternatives = |failed| available::alternatives(Some(failed), self.folders.state.as_deref());
        Place {
            can_prompt: self.terminal.can_prompt(),
            told_not_to_ask: false,
            for_a_program: self.for_a_program,
            profile: self.served.borrow().clone().or_else(|| self.profile.clone()),
            grant: self.grant.get(),
            stores: error::failed_store(error).map(alternatives).unwrap_or_default(),
        }
    }

    /// The platform's keyring. Where somebody can answer an unlock dialog it gets the time for that, and who waits is
    /// told why, even if quiet and in a helper (H02).
    fn keyring(&self) -> KeyringStore {
        let (terminal, is_mute) = (Rc::clone(&self.terminal), self.is_mute);
        let on_wait = move || {
            if !is_mute {
                terminal.complain("tok: waiting for the keyring; is an unlock dialog open?");
            }
        };
        let patience = if self.terminal.can_prompt() { PATIENCE_WITH_A_PERSON } else { PATIENCE };
        KeyringStore::new(patience, Box::new(on_wait))
    }
}

impl World {
    /// The way to a server, for what is no story of a session.
    #[must_use]
    pub fn transport(&self) -> &dyn Transport {
        &self.transport
    }

    /// The keeper of the session of these settings' profile.
    #[must_use]
    pub fn keeper<'a>(&'a self, context: &'a Context, settings: &'a Settings) -> Keeper<'a> {
        let scope = settings::scope(context.config.path());
        let profile = settings.profile.value.as_str();
        let [named, unnamed] = [CacheSlot::new(profile, &scope), CacheSlot::new("", &scope)];
        let called = match settings.profile.origin {
            Origin::Option(_) | Origin::Environment(_) => &named,
            _ => &unnamed,
        };
        Keeper {
            settings,
            store: self.store.as_ref(),
            transport: &self.transport,
            clock: context.clock.as_ref(),
            environment: &context.environment,
            locks: self.locks.as_deref(),
            entry: EntryName::new(profile, scope.clone()),
            cached: Cached {
                cache: self.cache,
                slot: called.clone(),
                all: [named, unnamed],
                config: if settings.decided_by_file { context.config_fingerprint.clone() } else { String::new() },
            },
        }
    }
}
