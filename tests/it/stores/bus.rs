//! The message bus: only the store `keyring` talks on it, and not in clear.

use crate::stage::Stage;
use crate::support::run::Run;
use crate::support::secret_service::SecretService;

/// Every verb, at the level that says most; what is said is searched at the end (T09, H04).
fn every_verb(stage: &Stage) {
    let said = |run: Run| assert!(run.run().stderr.contains("tok: "));
    said(stage.login("default").arg("-vv"));
    for words in ["token -vv --min-ttl 10m", "token -vv --json", "refresh -vv", "show -vv", "show -vv --json"] {
        stage.tok(words).run();
    }
    let password = stage.world.secret_file("password", &stage.server.password("ada"));
    let credentials = |run: Run| {
        run.env("TOK_ISSUER", stage.server.issuer())
            .env("TOK_CLIENT_ID", "tok")
            .env("TOK_USERNAME", "ada")
            .env("TOK_PASSWORD_FILE", &password)
    };
    said(credentials(stage.tok("token -vv --min-ttl 10m").env("TOK_STORE", stage.store)));
    stage.tok("profile show -vv").run().ok();
    said(stage.tok("logout -vv"));
    said(stage.tok("token -vv"));
}

#[test] // R01
fn no_other_store_ever_connects_to_it() {
    for store in ["file", "kernel", "none"] {
        let (stage, bus) = (Stage::new(store), SecretService::start());
        stage.world.set_env("DBUS_SESSION_BUS_ADDRESS", bus.address());
        every_verb(&stage);
        assert_eq!(bus.connections(), 0, "{store}");
        assert!(bus.traffic().is_empty());
    }
}

#[test] // R01, H04
fn what_goes_to_the_keyring_is_encrypted_on_its_way() {
    let stage = Stage::new("keyring");
    every_verb(&stage);
    let keyring = stage.keyring.as_ref().unwrap();
    assert!(keyring.connections() > 0 && keyring.calls("CreateItem") > 0);
    stage.world.canaries().check("the message bus", &keyring.traffic());
}
