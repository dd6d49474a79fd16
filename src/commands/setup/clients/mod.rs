//! What each program needs, so that it asks here: one a file.

mod aws;
mod bazel;
mod cargo;
mod docker;
mod gcp;
mod git;
mod go;
mod keyring;
mod kube;
mod pnpm;
mod terraform;

use std::path::{Path, PathBuf};

use super::journal::Journal;
use super::plan::Plan;
use crate::cli::{SetupArgs, SetupClient};
use crate::context::Context;
use crate::error::SetupError;
use crate::oauth::WebOrigin;
use crate::settings::{ProfileName, WhichToken};
use crate::sys::child::file_name;
use crate::sys::paths::Bases;

/// What is asked for, and where everything is.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The options.
    pub args: &'a SetupArgs,
    /// The service.
    pub origin: &'a WebOrigin,
    /// The profile.
    pub profile: &'a ProfileName,
    /// Whether it was named: then helpers are told its name, else they find it by the binding.
    pub is_named: bool,
    /// This program.
    pub program: &'a Path,
    /// Where other programs have their settings.
    pub bases: &'a Bases,
    /// The world.
    pub context: &'a Context,
}

/// Everything that is to be done, or would be.
///
/// # Errors
/// [`SetupError`]
pub fn plan<'a>(ask: &Ask<'a>, journal: &'a Journal, to_write: bool) -> Result<Plan<'a>, SetupError> {
    let mut plan = Plan::new(&ask.context.environment, journal, to_write);
    let client = match ask.args.client {
        SetupClient::Git => git::plan,
        SetupClient::Docker => docker::plan,
        SetupClient::Podman => docker::plan_podman,
        SetupClient::Kube => kube::plan,
        SetupClient::Cargo => cargo::plan,
        SetupClient::Keyring => keyring::plan,
        SetupClient::Bazel => bazel::plan,
        SetupClient::Go => go::plan,
        SetupClient::Terraform => terraform::plan,
        SetupClient::Pnpm => pnpm::plan,
        SetupClient::Aws => aws::plan,
        SetupClient::Gcp => gcp::plan,
    };
    if !names_profile(ask.args.client) {
        ask.answers_unnamed()?;
    }
    client(ask, &mut plan)?;
    let token = match ask.args.client {
        SetupClient::Aws | SetupClient::Gcp => WhichToken::Id,
        _ => WhichToken::Access,
    };
    plan.bind(&ask.context.config, ask.profile, ask.origin, token)?;
    Ok(plan)
}

/// Whether there is room for a profile in what is written. For go and terraform there is, and one entry for all services:
/// with a name in it, it would be of no use to the services of other profiles.
fn names_profile(client: SetupClient) -> bool {
    match client {
        SetupClient::Docker
        | SetupClient::Podman
        | SetupClient::Keyring
        | SetupClient::Bazel
        | SetupClient::Go
        | SetupClient::Terraform => false,
        SetupClient::Git
        | SetupClient::Kube
        | SetupClient::Cargo
        | SetupClient::Pnpm
        | SetupClient::Aws
        | SetupClient::Gcp => true,
    }
}

impl<'a> Ask<'a> {
    /// Whether it is this profile that answers where none is named, once it is bound.
    fn answers_unnamed(&self) -> Result<(), SetupError> {
        let config = &self.context.config;
        let is_bound = |name: &&ProfileName| config.services(name).any(|service| service.origin == *self.origin);
        let others: Vec<_> = config.profiles().filter(|name| *name != self.profile).filter(is_bound).cloned().collect();
        let is_usual = match config.default_profile() {
            Some((name, _)) => name == self.profile,
            None => *self.profile == ProfileName::default(),
        };
        if others.is_empty() || is_usual {
            return Ok(());
        }
        let (client, origin) = (super::name(self.args.client), self.origin.clone());
        Err(SetupError::OtherAnswers { client, origin, profile: self.profile.clone(), others })
    }

    fn home(&self) -> Result<&'a Path, SetupError> {
        self.bases.home.as_deref().ok_or(SetupError::NoFolder)
    }

    /// A path below the home folder, given with slashes and made with what the platform has for them: not every program, or
    /// shell of one, takes both.
    fn below_home(&self, path: &str) -> Result<PathBuf, SetupError> {
        let mut below = self.home()?.to_owned();
        below.extend(path.split('/'));
        Ok(below)
    }

    fn config_base(&self) -> Result<&'a Path, SetupError> {
        self.bases.config.as_deref().ok_or(SetupError::NoFolder)
    }

    /// A file that a variable names, or the usual one below the home folder.
    fn file(&self, variable: &str, below_home: &str) -> Result<PathBuf, SetupError> {
        match self.context.environment.path(variable) {
            Some(path) => Ok(absolute(path)),
            None => self.below_home(below_home),
        }
    }

    /// The folder for the names by which programs start this one.
    fn bin_dir(&self) -> Result<PathBuf, SetupError> {
        match &self.args.bin_dir {
            Some(folder) => Ok(absolute(folder.clone())),
            None => self.below_home(".local/bin"),
        }
    }

    /// A name in that folder, as an absolute path.
    fn named(&self, name: &str) -> Result<PathBuf, SetupError> {
        Ok(self.bin_dir()?.join(file_name(name)))
    }

    /// A path as it stands in settings.
    fn text(path: &Path) -> Result<&str, SetupError> {
        path.to_str().ok_or_else(|| SetupError::BadPath(path.to_owned()))
    }

    /// A path where there are no quotes: clients part it at spaces, end it at a comment, or put variables in.
    fn unquoted(path: &Path) -> Result<&str, SetupError> {
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || "\"';#$".contains(c);
        Self::text(path)
            .and_then(|text| if text.contains(is_odd) { Err(SetupError::BadPath(path.to_owned())) } else { Ok(text) })
    }

    /// How a helper is told the profile.
    fn profile_words(&self) -> Vec<String> {
        if self.is_named { vec!["--profile".to_owned(), self.profile.to_string()] } else { Vec::new() }
    }
}

fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}
