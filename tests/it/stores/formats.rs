//! What this version did not write.

use std::fs;

use crate::stage::Stage;

#[test]
fn what_a_newer_tok_wrote_is_refused_and_not_overwritten() {
    let stage = Stage::logged_in("file");
    let newer = fs::read_to_string(stage.session_file()).unwrap().replacen("{\"v\":1,", "{\"v\":2,\"new\":[1],", 1);
    assert!(newer.contains("\"v\":2"));
    fs::write(stage.session_file(), &newer).unwrap();
    stage.empty_cache();
    let seen = stage.server.count("password");
    let runs = ["token", "token --json", "refresh", "logout", "logout --local"].map(|words| stage.tok(words));
    for run in runs.into_iter().chain([stage.login("default")]) {
        run.run().assert(
            6,
            "",
            "tok: the session in the file store cannot be used\ncaused by: the stored session has format 2, written by a \
             newer tok; this one reads 1\nhint: use the newer tok, or log out with it\n",
        );
        assert_eq!(fs::read_to_string(stage.session_file()).unwrap(), newer);
    }
    assert_eq!((stage.refreshes(), stage.server.count("password")), (0, seen));
    // Another profile is none of its business.
    stage.log_in("other");
    stage.demand_alive(&stage.tok("-p other token").run());
}

#[test] // C07
fn what_cannot_be_read_is_said_and_can_be_replaced() {
    let stage = Stage::logged_in("file");
    let whole = fs::read(stage.session_file()).unwrap();
    let damaged =
        [Vec::new(), whole[..whole.len() / 2].to_vec(), vec![0; whole.len()], vec![0xff; 100], b"[]".to_vec()];
    for (i, content) in damaged.iter().enumerate() {
        fs::write(stage.session_file(), content).unwrap();
        stage.empty_cache();
        for words in ["token", "refresh"] {
            let output = stage.tok(words).run().code_is(6);
            assert!(output.stderr.contains("damaged"), "{}", output.stderr);
            assert!(output.stderr.contains("hint: tok logout --local removes it"), "{}", output.stderr);
        }
        assert_eq!(fs::read(stage.session_file()).unwrap(), *content, "left as it is");
        if i % 2 == 0 {
            stage.tok("logout --local").run().ok();
            assert!(stage.files("sessions").is_empty());
        }
        stage.log_in("default");
        stage.demand_alive(&stage.tok("token").run());
    }
    assert_eq!(stage.refreshes(), 0);
}
