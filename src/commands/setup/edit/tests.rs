use super::*;

pub(super) fn environment() -> Environment {
    Environment::from_process()
}

pub(super) fn entry(place: &[&str], value: &str) -> Entry {
    Entry { place: place.iter().map(ToString::to_string).collect(), value: value.to_owned() }
}

fn entries(format: Format, text: &str) -> Vec<(String, String)> {
    let all =
        Editor { environment: &environment() }.entries(format, text).unwrap_or_else(|bad| panic!("{text}: {bad:?}"));
    all.into_iter().map(|entry| (entry.place.join("/"), entry.value)).collect()
}

/// Adds them one after the other, and takes them out again: in the reverse order every byte is as before, in the same
/// order every entry is.
#[track_caller]
fn there_and_back(format: Format, before: &str, added: &[Entry]) -> String {
    let environment = environment();
    let editor = Editor { environment: &environment };
    let mut text = before.to_owned();
    let mut splices = Vec::new();
    for entry in added {
        let (after, splice) = editor.add(format, &text, entry).unwrap_or_else(|bad| panic!("{text:?}: {bad:?}"));
        text = after;
        splices.push((entry, splice));
    }
    let after = text.clone();
    for (entry, splice) in splices.iter().rev() {
        text = editor.take_out(format, &text, entry, splice).unwrap().unwrap_or_else(|| panic!("{text:?}: {entry:?}"));
    }
    assert_eq!(text, before, "after {after:?}");
    // Without what was remembered.
    let mut text = after.clone();
    for (entry, _) in splices.iter().rev() {
        let splice = Splice::default();
        text = editor.take_out(format, &text, entry, &splice).unwrap().unwrap_or_else(|| panic!("{text:?}: {entry:?}"));
    }
    assert_eq!(editor.entries(format, &text), editor.entries(format, before), "{text:?}");
    after
}

#[track_caller]
fn refused(format: Format, text: &str, line: usize) {
    match (Editor { environment: &environment() }).entries(format, text) {
        Err(Bad::Text { line: Some(at), .. }) => assert_eq!(at, line, "{text:?}"),
        other => panic!("{text:?}: {other:?}"),
    }
}

#[track_caller]
fn layout(format: Format, text: &str, added: &Entry) {
    let added = Editor { environment: &environment() }.add(format, text, added);
    assert_eq!(added.unwrap_err(), Bad::Layout, "{text:?}");
}

fn helper() -> [Entry; 2] {
    [entry(&["credHelpers"], TABLE), entry(&["credHelpers", "h:1"], "\"tok\"")]
}

#[test]
fn json_in_every_layout() {
    for (before, after) in [
        ("{}", "{\n\t\"credHelpers\": {\n\t\t\"h:1\": \"tok\"\n\t}\n}"),
        ("{}\n", "{\n\t\"credHelpers\": {\n\t\t\"h:1\": \"tok\"\n\t}\n}\n"),
        ("{\n}\n", "{\n\t\"credHelpers\": {\n\t\t\"h:1\": \"tok\"\n\t}\n}\n"),
        (
            "{\n  \"auths\": {\"a\": {\"auth\": \"x}{\\\"\"}},\n  \"n\": [1, {\"b\": 2}]\n}\n",
            "{\n  \"auths\": {\"a\": {\"auth\": \"x}{\\\"\"}},\n  \"n\": [1, {\"b\": 2}],\n  \"credHelpers\": {\n    \"h:1\": \"tok\"\n  }\n}\n",
        ),
        ("{\"a\":1}", "{\"a\":1, \"credHelpers\": {\"h:1\": \"tok\"}}"),
        (" { \"a\" : null }\r\n", " { \"a\" : null, \"credHelpers\": {\"h:1\": \"tok\"} }\r\n"),
        (
            "{\r\n\t\"a\": 1\r\n}\r\n",
            "{\r\n\t\"a\": 1,\r\n\t\"credHelpers\": {\r\n\t\t\"h:1\": \"tok\"\r\n\t}\r\n}\r\n",
        ),
    ] {
        assert_eq!(there_and_back(Format::Json, before, &helper()), after);
    }
    let [_, member] = helper();
    for (before, after) in [
        ("{\n \"credHelpers\": {}\n}", "{\n \"credHelpers\": {\n  \"h:1\": \"tok\"\n }\n}"),
        ("{\n \"credHelpers\": {\n }\n}", "{\n \"credHelpers\": {\n  \"h:1\": \"tok\"\n }\n}"),
        ("{\"credHelpers\":{\"a\":\"b\"}}", "{\"credHelpers\":{\"a\":\"b\", \"h:1\": \"tok\"}}"),
    ] {
        assert_eq!(there_and_back(Format::Json, before, std::slice::from_ref(&member)), after);
    }
    let two =
        [entry(&["credHelpers"], TABLE), entry(&["credHelpers", "a"], "\"tok\""), entry(&["credHelpers", "b"], "1")];
    there_and_back(Format::Json, "{}", &two);
}

#[test]
fn json_that_is_none_is_refused_with_its_line() {
    for (text, line) in [
        ("{\n\"a\": 1,\n}", 3),
        ("{\n// c\n}", 2),
        ("[]", 1),
        ("", 1),
        ("{}\n{}", 2),
        ("{\n\"a\":1,\n\"a\":2}", 3),
        ("null", 1),
    ] {
        refused(Format::Json, text, line);
    }
    refused(Format::Json, &format!("\n{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)), 2);
    layout(Format::Json, "{\"credHelpers\": []}", &helper()[1]);
}

#[test]
fn an_entry_is_found_again_wherever_it_was_moved() {
    let environment = environment();
    let editor = Editor { environment: &environment };
    let [_, member] = helper();
    let (_, splice) = editor.add(Format::Json, "{\"credHelpers\": {}}", &member).unwrap();
    for (moved, without) in [
        ("{\"credHelpers\":{\"h:1\":\"tok\",\"z\":\"y\"},\"a\":1}", "{\"credHelpers\":{\"z\":\"y\"},\"a\":1}"),
        ("{\"credHelpers\":{\"z\":\"y\",\"h:1\" : \"tok\"}}", "{\"credHelpers\":{\"z\":\"y\"}}"),
    ] {
        assert_eq!(editor.take_out(Format::Json, moved, &member, &splice).unwrap().as_deref(), Some(without));
    }
    // What has become another is not ours.
    for other in ["{\"credHelpers\":{\"h:1\":\"other\"}}", "{}"] {
        assert_eq!(editor.take_out(Format::Json, other, &member, &splice).unwrap(), None);
    }
    // A table goes only when nothing is in it.
    let full = editor.take_out(Format::Json, "{\"credHelpers\":{\"a\":1}}", &helper()[0], &Splice::default());
    assert_eq!(full.unwrap(), None);
}

#[test]
fn where_a_line_ends_for_some_only_nothing_is_changed() {
    refused(Format::Ini, "[global]\n\ra = b\n", 2);
    refused(Format::Npmrc, "a=b\rc=d", 1);
    refused(Format::Kube, "kind: Config # \u{2028}users: x\n", 1);
    assert_eq!(entries(Format::Ini, "[a]\r\nb = \u{2028}c\r\n").len(), 2);
}

#[test]
fn a_text_full_of_what_looks_like_it_is_not_tried_for_ever() {
    let environment = environment();
    let editor = Editor { environment: &environment };
    let many = |line: &str| line.repeat(10_000);
    let start = std::time::Instant::now();
    for (format, text, added) in [
        (Format::Ini, format!("[a]\n{}", many("b = c d\n")), entry(&["a", "k"], "c")),
        (Format::Bazelrc, many("build --credential_helper=a=/b\n"), entry(&["--credential_helper", "h"], "/x")),
        (Format::Hcl, many("a = 1\n"), entry(&["h"], "{\n}")),
        (
            Format::Json,
            format!("{{{}\"z\":1}}", (0..10_000).map(|n| format!("\"{n}\":1,")).collect::<String>()),
            entry(&["h"], "1"),
        ),
        (
            Format::Kube,
            (0..10_000).map(|n| format!("k{n}: v\n")).collect(),
            entry(&["users", "u"], &kube_user("u", "/t", &[])),
        ),
    ] {
        let (after, splice) = editor.add(format, &text, &added).unwrap();
        assert_eq!(editor.take_out(format, &after, &added, &splice).unwrap().as_deref(), Some(text.as_str()));
        let _ = editor.take_out(format, &after, &added, &Splice::default());
    }
    // It takes a second or two, and minutes without a bound.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn a_comment_that_a_person_put_to_an_entry_is_not_taken_out_with_it() {
    let environment = environment();
    let editor = Editor { environment: &environment };
    for (format, added, old, new) in [
        (Format::Toml, entry(&["k"], "\"https://h\""), "\n", " # c\n"),
        (Format::Toml, entry(&["t"], TABLE), "]\n", "] # c\n"),
        (Format::Git, entry(&["credential.https://h.helper"], "tok"), "tok\n", "tok ; c\n"),
        (Format::Bazelrc, entry(&["--credential_helper", "h"], "/x"), "\n", " # c\n"),
        (Format::Hcl, entry(&["credentials_helper"], "\"tok\" {\n  args = []\n}"), "{\n", "{\n  // c\n"),
        (Format::Ini, entry(&["t"], TABLE), "]\n", "] ; c\n"),
        (
            Format::Kube,
            entry(&["users", "u"], &kube_user("u", "/tok", &["https://h".into()])),
            "exec:\n",
            "exec:\n      # c\n",
        ),
    ] {
        let (text, splice) = editor.add(format, "", &added).unwrap();
        let text = text.replacen(old, new, 1);
        assert_eq!(editor.take_out(format, &text, &added, &splice).unwrap(), None, "{text}");
    }
}

#[test]
fn toml_in_every_layout() {
    let added = [
        entry(&["registries", "a b"], TABLE),
        entry(&["registries", "a b", "credential-provider"], "[\"/x/cargo-credential-tok\"]"),
    ];
    for before in [
        "",
        "# c\n",
        "a = 1",
        "[registries.x]\nindex = \"i\" # c\n\n[net]\nb = [\n  1, # one\n]\n",
        "[registries]\nx.index = 'i'\n",
        "\r\n[net] # c\r\na = 1\r\n",
    ] {
        there_and_back(Format::Toml, before, &added);
    }
    for (before, after) in [
        ("[registries.'a b'] # c\n", "[registries.'a b'] # c\nk = 1\n"),
        ("[registries.'a b'] # c", "[registries.'a b'] # c\nk = 1\n"),
        (
            "[registries.'a b']\nindex = [\n 'x', # c\n] # d\n# e\n\n[z]\n",
            "[registries.'a b']\nindex = [\n 'x', # c\n] # d\nk = 1\n# e\n\n[z]\n",
        ),
        ("[registries.'a b']\nt.u = 1\r\n[z]\r\n", "[registries.'a b']\nt.u = 1\r\nk = 1\r\n[z]\r\n"),
    ] {
        assert_eq!(there_and_back(Format::Toml, before, &[entry(&["registries", "a b", "k"], "1")]), after);
    }
    for (before, after) in [
        ("", "k = 1\n"),
        ("# c\n[t]\na = 1\n", "k = 1\n# c\n[t]\na = 1\n"),
        ("a = 1 # c\n\n[t]\n", "a = 1 # c\nk = 1\n\n[t]\n"),
    ] {
        assert_eq!(there_and_back(Format::Toml, before, &[entry(&["k"], "1")]), after);
    }
}

#[test]
fn toml_values_are_one_however_they_are_written() {
    let all = entries(Format::Toml, "a = [ 'x',\n \"y\" ] # c\nb.c = { d = 'e' }\n[[t]]\nu = 1\n");
    let expected = [("a", "[\"x\", \"y\"]"), ("b/c", "{ d = \"e\" }"), ("t/0", "{}"), ("t/0/u", "1")];
    assert_eq!(all, expected.map(|(place, value)| (place.to_owned(), value.to_owned())));
    assert_eq!(Format::Toml.normal("['x','y']"), "[\"x\", \"y\"]");
    refused(Format::Toml, "a = 1\nb = \n", 2);
    refused(Format::Toml, "a = 1\n[t]\n[t]\n", 3);
    layout(Format::Toml, "registries = { a = { index = 'i' } }", &entry(&["registries", "a", "k"], "1"));
    layout(Format::Toml, "registries = {}", &entry(&["registries", "a"], TABLE));
    layout(Format::Toml, "registries.a.index = 'i'", &entry(&["registries", "a", "k"], "1"));
}

#[test]
fn sections_in_every_layout() {
    let added = [entry(&["profile tok"], TABLE), entry(&["profile tok", "credential_process"], "/x/tok helper aws")];
    for before in ["", "# c\n", "[default]\nregion = x", "[default]\ns3 =\n  a = 1\n  b = 2\n\n", "[a]\r\nb: c\r\n"] {
        there_and_back(Format::Ini, before, &added);
    }
    for (before, after) in [
        ("[global]\n", "[global]\nkeyring-provider = subprocess\n"),
        (
            "[global] ; c\n# d\n\n[install]\na = b\n",
            "[global] ; c\nkeyring-provider = subprocess\n# d\n\n[install]\na = b\n",
        ),
        (
            "[global]\nindex-url =\n  https://a\n  https://b\n\n[x]\ny = z",
            "[global]\nindex-url =\n  https://a\n  https://b\nkeyring-provider = subprocess\n\n[x]\ny = z",
        ),
        (
            "[global]\n  a = b\n    c\n  d = e\n  [x]\n\ty = z\n",
            "[global]\n  a = b\n    c\n  d = e\n  keyring-provider = subprocess\n  [x]\n\ty = z\n",
        ),
    ] {
        let added = [entry(&["global", "keyring-provider"], "subprocess")];
        assert_eq!(there_and_back(Format::Ini, before, &added), after);
    }
    assert!(Format::Ini.is_same(&["a".into(), "Keyring_Provider".into()], &["a".into(), "keyring-provider".into()]));
    for (text, line) in [("a = b\n", 1), ("[a]\n\nb\n", 3), ("[a\n", 1), ("[a]\n= b\n", 2), ("\u{feff}[a]\n", 1)] {
        refused(Format::Ini, text, line);
    }
}

#[test]
fn lines_in_every_layout() {
    let goauth = entry(&["GOAUTH"], "/x/tok helper goauth; netrc");
    for before in ["", "GOPROXY=direct\n", "GOPROXY=direct", "# c\nwhat\nA=b\r\nC=d\r\n"] {
        let after = there_and_back(Format::Env, before, std::slice::from_ref(&goauth));
        assert!(after.starts_with(before) && after.contains("\nGOAUTH=") | before.is_empty());
    }
    let token = entry(&["//h:1/:tokenHelper"], "/x/tok-bearer-a@h:1");
    for (before, after) in [
        ("", "//h:1/:tokenHelper=/x/tok-bearer-a@h:1\n"),
        ("; c\na = \"b\"\nflag", "; c\na = \"b\"\nflag\n//h:1/:tokenHelper=/x/tok-bearer-a@h:1\n"),
        ("a=b\n[s]\nc=d\n", "a=b\n//h:1/:tokenHelper=/x/tok-bearer-a@h:1\n[s]\nc=d\n"),
    ] {
        assert_eq!(there_and_back(Format::Npmrc, before, std::slice::from_ref(&token)), after);
    }
    let all = entries(Format::Npmrc, "# c\n a = \"b\" \nflag\n[s]\nc='d'\n");
    assert_eq!(all.iter().map(|(p, v)| format!("{p}={v}")).collect::<Vec<_>>(), ["a=b", "flag=true", "s/c=d"]);
}

#[test]
fn bazel_lines_in_every_layout() {
    let added = entry(&["--credential_helper", "h"], "/x y/bazel-credential-tok");
    for before in ["", "build --a # c\n", "common --b \\\n  --c\n", "import %workspace%/x"] {
        let after = there_and_back(Format::Bazelrc, before, std::slice::from_ref(&added));
        assert!(after.ends_with("common \"--credential_helper=h=/x y/bazel-credential-tok\"\n"), "{after}");
    }
    let all = entries(
        Format::Bazelrc,
        "build --experimental_credential_helper=a=/b --x '--credential_helper=c d=/e'\n\
         common --credential_helper \\\n  f=\\/g\ntest --credential_helper=%workspace%/h\n# --credential_helper=i=/j\n",
    );
    let helper = |host: &str| format!("--credential_helper/{host}");
    let mut expected = [("a", "/b"), ("c d", "/e"), ("f", "/g"), ("*", "%workspace%/h")]
        .map(|(host, path)| (helper(host), path.to_owned()))
        .to_vec();
    expected.insert(2, ("line".to_owned(), "build --x".to_owned()));
    assert_eq!(all, expected);
    // What a person has put behind it goes with no helper.
    let environment = environment();
    let editor = Editor { environment: &environment };
    let (text, splice) = editor.add(Format::Bazelrc, "", &added).unwrap();
    let more = text.replace('\n', " --remote_cache=c\n");
    assert_eq!(editor.take_out(Format::Bazelrc, &more, &added, &splice).unwrap(), None);
    refused(Format::Bazelrc, "a\nbuild 'x\n", 2);
    refused(Format::Bazelrc, "build \\\n", 1);
    assert_eq!(Format::Bazelrc.shown(&entry(&["o", "h"], "/a\"b")), "common \"--credential_helper=h=/a\\\"b\"");
}

#[test]
fn terraform_in_every_layout() {
    let added = entry(&["credentials_helper"], "\"tok\" {\n  args = [\"--profile=work\"]\n}");
    for before in [
        "",
        "plugin_cache_dir = \"$HOME/x\" # c\n",
        "/* a {\n */\ncredentials \"h\" {\n  token = \"}\\\"{\" // d\n}",
        "provider_installation {\n  direct { include = [\"a/*/*\"] }\n}\n",
        "\"a\" = 1\r\nb {}\r\n",
    ] {
        there_and_back(Format::Hcl, before, std::slice::from_ref(&added));
    }
    let all =
        entries(Format::Hcl, "credentials_helper \"x\" { args=[ \"a\" ] }\ncredentials \"h\" {\n token=\"t\"\n}\n");
    assert_eq!(all[0], ("credentials_helper".into(), "\"x\" { args = [ \"a\" ] }".into()));
    assert_eq!(all[1].0, "credentials/h");
    for (text, line) in [
        ("a {\n", 1),
        ("\n}\n", 2),
        ("a = \"b\n", 1),
        ("\n/* a", 2),
        ("a = [\n}\n", 2),
        ("= 1\n", 1),
        ("a\n\"b\"\n", 1),
    ] {
        refused(Format::Hcl, text, line);
    }
    layout(Format::Hcl, "a = <<X\n}\nX\n", &added);
}

#[test]
fn git_reads_its_own() {
    let key = "credential.https://h.Example:1.helper";
    let added = entry(&[key], "tok --profile work");
    for before in [
        "",
        "[user]\n\tname = a",
        "[credential]\n\thelper = store ; c\n[credential \"https://h.Example:1\"]\n\tusername = u\n",
        "[a]\r\n\tb\r\n",
        "[include]\n\tpath = .gitconfig.local\n[includeIf \"gitdir:~/x/\"]\n\tpath = x\n",
    ] {
        let after = there_and_back(Format::Git, before, std::slice::from_ref(&added));
        assert!(after.starts_with(before), "{after}");
    }
    refused(Format::Git, "[user]\n\tname = a\n[b\n", 3);
    // What came into the section since stays in it.
    let environment = environment();
    let editor = Editor { environment: &environment };
    let (text, splice) = editor.add(Format::Git, "[a]\n\tb = c\n", &added).unwrap();
    let more = format!("{text}\tusername = u\n");
    let without = editor.take_out(Format::Git, &more, &added, &splice).unwrap().unwrap();
    assert_eq!(without, "[a]\n\tb = c\n[credential \"https://h.Example:1\"]\n\tusername = u\n");
    // A last line that had no end keeps the one that it was given, for what came behind it since.
    let (text, splice) = editor.add(Format::Git, "[a]\n\tb = c", &added).unwrap();
    let more = format!("{text}[d]\n\te = f\n");
    let without = editor.take_out(Format::Git, &more, &added, &splice).unwrap().unwrap();
    assert_eq!(without, "[a]\n\tb = c\n[d]\n\te = f\n");
}

#[test]
fn without_git_nothing_is_read() {
    let nowhere = Environment::from_pairs([("PATH", "/nowhere")]);
    let read = Editor { environment: &nowhere }.entries(Format::Git, "");
    assert_eq!(read, Err(Bad::NoProgram("git")));
}

const KUBE: &str = "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: x\n    server: https://k:6443\n  \
    name: one\n- name: \"two\"\n  cluster: # c\n    server: 'https://k:6443/x'\ncontexts: null\ncurrent-context: \"\"\n\
    kind: Config\npreferences: {}\nusers:\n- name: a\n  user:\n    token: name\n";

#[test]
fn a_kubeconfig_in_every_layout() {
    let words = ["--profile", "work", "helper", "kube", "--for", "https://k:6443"].map(str::to_owned);
    let added = [
        entry(&["users", "tok-work-k:6443"], &kube_user("tok-work-k:6443", "/x y/tok", &words)),
        entry(&["contexts", "tok-k:6443"], &kube_context("tok-k:6443", "one", "tok-work-k:6443")),
    ];
    for before in [
        "",
        kube::BEGINNING,
        KUBE,
        "users: []\ncontexts:\nkind: Config",
        "---\nusers:\n  - name: a\n    user: {}\n  # c\n\ncontexts:\n    - name: b\n      context:\n        cluster: c\n",
        "contexts: null\r\nusers:\r\n- name: a\r\n  user:\r\n    token: |\r\n      name: x\r\n",
        "clusters: null\ncontexts: ~\nusers: null\n",
    ] {
        let after = there_and_back(Format::Kube, before, &added);
        assert!(after.contains("command: \"/x y/tok\""), "{after}");
    }
    assert_eq!(
        kube_servers(KUBE).unwrap(),
        [("one", "https://k:6443"), ("two", "https://k:6443/x")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert!(kube::is_empty("apiVersion: v1\nkind: Config\nusers: []\n") && !kube::is_empty(KUBE));
}

#[test]
fn a_kubeconfig_in_another_layout_is_left_alone() {
    let user = entry(&["users", "u"], &kube_user("u", "/tok", &[]));
    for text in [
        "{\"users\": []}",
        "users: [{name: a}]\n",
        "users:\n- {name: a}\n",
        "users: &x\n- name: a\n",
        "users: null # c\n",
    ] {
        let added = Editor { environment: &environment() }.add(Format::Kube, text, &user);
        assert_eq!(added.unwrap_err(), Bad::Layout, "{text:?}");
    }
    for (text, line) in [
        ("a: b\n\tc: d\n", 2),
        ("users:\n - name: a\n- name: b\n", 3),
        ("what\n", 1),
        ("a: b\n---\nc: d\n", 2),
        ("a: 1\na: 2\n", 2),
    ] {
        refused(Format::Kube, text, line);
    }
}

#[test]
fn what_kubectl_could_read_otherwise_is_quoted() {
    let user = kube_user("yes", "/a b", &["-p".into(), "1".into(), "a: b".into(), "--for".into(), "x:".into()]);
    for line in ["name: \"yes\"", "command: \"/a b\"", "- -p\n", "- \"1\"", "- \"a: b\"", "- --for\n", "- \"x:\""] {
        assert!(user.contains(line), "{line} in {user}");
    }
}

#[test]
fn no_text_makes_an_editor_panic() {
    let all = [
        Format::Json,
        Format::Toml,
        Format::Ini,
        Format::Env,
        Format::Npmrc,
        Format::Bazelrc,
        Format::Hcl,
        Format::Kube,
    ];
    let pieces = [
        "{", "}", "\"", "[", "]", "a", ":", "=", "\n", "\r\n", "- ", "  ", "\\", "#", "é", "'", "users", ",", "<<",
        "/*", "\t",
    ];
    let added = [helper()[0].clone(), entry(&["users", "é"], "- name: é"), entry(&["k"], "1")];
    let environment = environment();
    let editor = Editor { environment: &environment };
    // A small generator that is the same each time.
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..4000 {
        let text: String = (0..next(12)).map(|_| pieces[next(pieces.len())]).collect();
        for format in all {
            for entry in &added {
                if let Ok((after, splice)) = editor.add(format, &text, entry) {
                    assert_eq!(
                        editor.take_out(format, &after, entry, &splice).unwrap().as_deref(),
                        Some(text.as_str()),
                        "{format:?}"
                    );
                }
                let _ = editor.take_out(format, &text, entry, &Splice::default());
                let _ = editor.is_empty(format, &text);
            }
            let _ = kube_servers(&text);
        }
    }
}
