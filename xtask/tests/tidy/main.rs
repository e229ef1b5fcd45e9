//! The rules of the tree that no compiler holds. Each has a control: a bad sample that it must find, so that a rule which has
//! stopped looking is noticed.
//!
//! A rule is a function from a [`Tree`] to its findings; here they are held against their sample and against this repository.

mod documents;
mod layers;
mod locales;
mod source;
mod text;
mod tree;

use expect_test::{Expect, expect};
use tree::Tree;

/// Files of a sample: path and text.
type Sample<'a> = &'a [(&'a str, &'a str)];

/// The rule finds exactly this in the sample, and nothing in the repository.
#[expect(clippy::needless_pass_by_value, reason = "`hold(rule, sample, expect![...])` reads as the sample that it is")]
fn hold(rule: fn(&Tree) -> Vec<String>, sample: Sample<'_>, expect: Expect) {
    let control = rule(&Tree::sample(sample));
    assert!(!control.is_empty(), "the rule finds nothing in a bad sample");
    expect.assert_eq(&control.join("\n"));
    let findings = rule(&Tree::of_repository());
    assert!(findings.is_empty(), "{} findings\n  {}\n", findings.len(), findings.join("\n  "));
}

/// The rule has nothing against this sample.
fn allows(rule: fn(&Tree) -> Vec<String>, sample: Sample<'_>) {
    assert_eq!(rule(&Tree::sample(sample)), Vec::<String>::new());
}

#[test]
fn crates_depend_one_way() {
    let edges = |list: &[(&str, &str, bool)]| {
        list.iter()
            .map(|(from, to, dev)| layers::Edge { from: (*from).into(), to: (*to).into(), dev: *dev })
            .collect::<Vec<_>>()
    };
    let bad =
        [("member-card", "member-core", false), ("member-core", "member-sandbox", false), ("newcomer", "xtask", true)];
    expect![[r"
        member-card must not depend on member-core
        member-core must not depend on member-sandbox
        newcomer has no place in the table of layers"]]
    .assert_eq(&layers::crate_findings(&edges(&bad)).join("\n"));
    assert!(layers::crate_findings(&edges(&[("member-core", "member-sandbox", true)])).is_empty(), "in tests only");

    let real = layers::workspace_edges();
    assert!(
        real.contains(&layers::Edge { from: "member-core".into(), to: "member-card".into(), dev: false }),
        "{real:?}"
    );
    assert_eq!(layers::crate_findings(&real), Vec::<String>::new());
}

#[test]
fn what_passes_are_made_with_is_of_the_sandbox_alone() {
    let of_passes = ["cms", "rsa", "x509-cert", "zip"];
    let has = |name: &str| {
        let built_with = layers::built_with(name);
        of_passes.into_iter().filter(|dependency| built_with.contains(*dependency)).collect::<Vec<_>>()
    };
    assert_eq!(has("member-sandbox"), of_passes);
    for product in ["member-card", "member-core", "member-ffi"] {
        assert_eq!(has(product), Vec::<&str>::new(), "{product}");
    }
}

#[test]
fn modules_of_the_core_depend_one_way() {
    hold(
        layers::modules,
        &[
            ("core/src/store/base.rs", "//! use crate::sync::X is only a comment\nuse crate::sync::Puller;\n"),
            (
                "core/src/domain/mod.rs",
                "use crate::{\n    ports::Clock,\n    domain::Points,\n    store::{Row, self},\n};\n",
            ),
            ("core/src/outbox/mod.rs", "fn f() { crate::api::send(); super::sync::pull(); }\n"),
            ("core/src/views/card/mod.rs", "use super::super::sync::Age;\nuse super::inside;\nuse crate::Wallet;\n"),
            ("core/src/extras.rs", "use crate::domain::Points;\n"),
            ("core/src/sync/mod.rs", "use crate::extras::X;\n"),
        ],
        expect![[r"
            core/src/domain/mod.rs:1: `domain` must not use `ports`
            core/src/domain/mod.rs:1: `domain` must not use `store`
            core/src/extras.rs: `extras` has no place in the table of layers
            core/src/outbox/mod.rs:1: `outbox` must not use `api`
            core/src/outbox/mod.rs:1: `outbox` must not use `sync`
            core/src/store/base.rs:2: `store` must not use `sync`
            core/src/sync/mod.rs:1: `sync` must not use `extras`
            core/src/views/card/mod.rs:1: `views` must not use `sync`
            core/src/views/card/mod.rs:3: `views` must not use `lib`"]],
    );
    allows(
        layers::modules,
        &[
            (
                "core/src/wallet.rs",
                "use crate::{sync::Puller, views, store::Store, error::Error};\nlet s = \"crate::lib\";\n",
            ),
            (
                "core/src/store/mod.rs",
                "use super::Reader;\nuse crate::store::outbox;\nuse crate::domain::{Action, Kind};\n",
            ),
            (
                "core/src/ports.rs",
                "mod tests { use super::native; use crate::domain::Time; }\npub(crate) struct Sync;\n",
            ),
            ("core/src/lib.rs", "pub mod wallet;\npub use crate::wallet::Wallet;\n"),
        ],
    );
}

#[test]
fn locks_are_those_of_the_model_checker() {
    hold(
        layers::locks,
        &[
            ("core/src/wallet.rs", "use std::sync::{Arc, Mutex, PoisonError};\n// std::sync::RwLock in a comment\n"),
            ("bindings/src/wallet.rs", "use std::sync::Arc;\nuse std::sync::atomic::AtomicBool;\n"),
            ("core/src/ports/native.rs", "use std::sync::Mutex;\n"),
            ("core/src/store/interleavings.rs", "use std::sync::Mutex;\n"),
        ],
        expect![[r"
            core/src/wallet.rs:1: `Mutex` comes from core/src/ports/shared.rs
            bindings/src/wallet.rs:2: `atomic` comes from core/src/ports/shared.rs"]],
    );
}

#[test]
fn sql_is_only_in_the_store() {
    hold(
        layers::sql,
        &[
            (
                "core/src/views/card.rs",
                "let q = \"SELECT number FROM card\";\n// \"DELETE FROM card\" is only a comment\n",
            ),
            (
                "core/src/sync/mod.rs",
                "let a = r#\"\n  UPDATE card\n  SET number = 1\"#;\nlet b = \"pragma user_version\";\n",
            ),
            ("sandbox/src/till.rs", "f(\"insert into entry values (1)\"); g(\"CREATE TABLE t (a)\");\n"),
            ("cli/src/main.rs", "f(\"DELETE FROM entry\");\n"),
        ],
        expect![[r"
            cli/src/main.rs:1: SQL belongs into core/src/store, sandbox/src/store or cli/src/till/store
            core/src/sync/mod.rs:1: SQL belongs into core/src/store, sandbox/src/store or cli/src/till/store
            core/src/sync/mod.rs:4: SQL belongs into core/src/store, sandbox/src/store or cli/src/till/store
            core/src/views/card.rs:1: SQL belongs into core/src/store, sandbox/src/store or cli/src/till/store
            sandbox/src/till.rs:1: SQL belongs into core/src/store, sandbox/src/store or cli/src/till/store
            sandbox/src/till.rs:1: SQL belongs into core/src/store, sandbox/src/store or cli/src/till/store"]],
    );
    allows(
        layers::sql,
        &[
            ("core/src/store/base.rs", "f(\"SELECT 1 FROM card\");\n"),
            ("cli/src/till/store.rs", "f(\"SELECT 1 FROM mark\");\n"),
            ("sandbox/tests/ledger.rs", "f(\"SELECT 1 FROM entry\");\n"),
            ("cli/src/main.rs", "f(\"Select a reward from the list, or update the app and set it up again\");\n"),
        ],
    );
}

#[test]
fn migrations_are_numbered() {
    hold(
        layers::migrations,
        &[
            ("core/migrations/001_wallet.sql", ""),
            ("core/migrations/003_inbox.sql", ""),
            ("core/migrations/later.sql", ""),
            ("sandbox/migrations/001_a.sql", ""),
            ("sandbox/migrations/001_b.sql", ""),
        ],
        expect![[r"
            core/migrations/003_inbox.sql: its number should be 002
            core/migrations/later.sql: a migration is called NNN_name.sql
            sandbox/migrations/001_b.sql: its number should be 002"]],
    );
}

#[test]
fn files_say_what_they_are_for() {
    hold(
        text::headers,
        &[("a/src/lib.rs", "//! Good.\n"), ("a/src/x.rs", "\n//! Too late.\n"), ("a/src/y.rs", "//!\nfn f() {}\n")],
        expect![[r"
            a/src/x.rs: opens with what it is for and what it must not know (`//! ...`)
            a/src/y.rs: opens with what it is for and what it must not know (`//! ...`)"]],
    );
}

#[test]
fn nothing_is_left_unfinished() {
    // In pieces, so that this file is not its own finding.
    hold(
        text::unfinished,
        &[
            (
                "a/src/x.rs",
                concat!("fn f() { to", "do!() }\nfn g() { unimpl", "emented!(\"x\") }\n// to", "do!() in a comment\n"),
            ),
            ("a/b.toml", concat!("# TO", "DO: more\n# TO", "DOS is another word\n")),
            ("docs/x.md", concat!("FIX", "ME\n")),
        ],
        expect![[r"
            a/b.toml:1: unfinished
            a/src/x.rs:1: unfinished
            a/src/x.rs:2: unfinished
            docs/x.md:1: unfinished"]],
    );
}

#[test]
fn ignored_tests_say_why() {
    hold(
        text::ignored_tests,
        &[("a/tests/x.rs", concat!("#[ig", "nore]\nfn f() {}\n#[ignore = \"takes hours\"]\nfn g() {}\n"))],
        expect!["a/tests/x.rs:1: an ignored test says why: `#[ignore = \"...\"]`"],
    );
}

#[test]
fn no_paths_of_one_machine() {
    hold(
        text::machine_paths,
        &[
            ("a/src/x.rs", concat!("let p = \"/ho", "me/me/x\";\n// core/ports/ho", "me/x is no such path\n")),
            ("b.md", concat!("in `/ro", "ot/x`\n\nhttps://example.org/wo", "rk/\n")),
            ("c.sh", concat!("cd /wo", "rk/x\n")),
        ],
        expect![[r"
            a/src/x.rs:1: a path of one machine
            b.md:1: a path of one machine
            c.sh:1: a path of one machine"]],
    );
}

#[test]
fn files_are_small() {
    let long = "//! Long.\n".repeat(601);
    let large = "x".repeat(1_000_001);
    hold(
        text::sizes,
        &[("a/src/x.rs", &long), ("a/data.json", &large), ("b/src/x.rs", &long[..6000])],
        expect![[r"
            a/data.json: 1000001 bytes: files over 1 MB do not belong into the repository
            a/src/x.rs: 601 lines: split it, or list it here with the reason why it reads better whole"]],
    );
}

#[test]
fn languages_have_the_same_messages() {
    hold(
        locales::languages,
        &[
            (
                "core/src/text/locales/en.ftl",
                "# c\na = One { $x }\n    and { NUMBER($y) }\nb = Two\n    .title = T { $z }\nc = Three\n",
            ),
            ("core/src/text/locales/pl.ftl", "a = Jeden { $x }\nb = Dwa\nd = Cztery\n"),
            ("core/src/text/locales/cs.ftl", "c = Tři\nb = Dva\n    .title = T { $z }\na = { $y } { $x } Jedna\n"),
            ("cli/locales/lt/main.ftl", "a = Vienas\n"),
        ],
        expect![[r"
            cli/locales/lt/main.ftl: there is no English file beside it
            core/src/text/locales/pl.ftl: `a` has the variables x, in English x, y
            core/src/text/locales/pl.ftl: `b.title` is missing
            core/src/text/locales/pl.ftl: `c` is missing
            core/src/text/locales/pl.ftl: `d` is not there in English"]],
    );
}

#[test]
fn documents_name_only_what_exists() {
    hold(
        documents::paths,
        &[
            ("core/src/ports.rs", ""),
            (
                "README.md",
                "`core/src/ports.rs` `core/src/gone.rs` `core/` `nothing/at all` `sandbox/x`\n[x](docs/gone.md#top) [y](https://example.org/a.md)\n",
            ),
            (
                "docs/ARCHITECTURE.md",
                "```\n`core/no.rs`\n```\n`ports.rs`, `gone.sql`, `~/.x/y.toml`, `--flag=a.md`, `core/src/*.rs`, `core/src/*.ftl` [z](../README.md)\n",
            ),
        ],
        expect![[r"
            README.md:1: `core/src/gone.rs` does not exist
            README.md:2: `docs/gone.md` does not exist
            docs/ARCHITECTURE.md:4: `gone.sql` does not exist
            docs/ARCHITECTURE.md:4: `core/src/*.ftl` does not exist"]],
    );
}

#[test]
fn code_in_documents_is_compiled() {
    hold(
        documents::snippets,
        &[
            (
                "README.md",
                "```kotlin\nval a = 1\n```\n\n```rust\nlet a = 1;\n```\n\n```kotlin\nval b = 2\n\nval c = 3\n```\n\n```\nfree\n```\n",
            ),
            ("a/A.kt", "package a\n\nval a = 1\nval b = 2\nval c = 3\n"),
            ("docs/x.md", "```swift\nlet a = 1\n```\n"),
            ("a/A.swift", "let a = 10\n"),
        ],
        expect![[r"
            README.md:9: this kotlin stands in no source file
            docs/x.md:1: this swift stands in no source file"]],
    );
}

#[test]
fn invariants_name_what_holds_them() {
    hold(
        documents::invariants,
        &[
            ("a/tests/x.rs", "fn one_way() {}\nasync fn two_ways() {}\n"),
            (
                "docs/ARCHITECTURE.md",
                "**Architecture Invariant:** good (tests: `one_way`,\n`x::two_ways`).\n\n\
                 **Architecture Invariant:** nothing said.\n\n**Architecture Invariant:** tests: `gone`.\n\n\
                 - **Architecture Invariant:** by review.\n- **Architecture Invariant:** of a list (tests: none).\n",
            ),
        ],
        expect![[r"
            docs/ARCHITECTURE.md:4: the invariant names no test (`tests: name`) and is not `by review`
            docs/ARCHITECTURE.md:6: there is no test `gone`
            docs/ARCHITECTURE.md:9: there is no test `none`"]],
    );
}

#[test]
fn decisions_are_numbered_and_listed() {
    hold(
        documents::decisions,
        &[
            ("docs/adr/0001-store.md", ""),
            ("docs/adr/0003-text.md", ""),
            ("docs/adr/notes.md", ""),
            ("docs/adr/README.md", "- [Store](0001-store.md)\n- [Gone](0002-gone.md)\n"),
        ],
        expect![[r"
            docs/adr/0003-text.md: its number should be 0002
            docs/adr/notes.md: a decision is called NNNN-name.md
            docs/adr/0003-text.md is not listed in docs/adr/README.md
            docs/adr/README.md lists 0002-gone.md, which does not exist"]],
    );
}

#[test]
fn documents_that_must_be_there() {
    hold(
        documents::required,
        &[("README.md", "# x\n"), ("CHANGELOG.md", "  \n")],
        expect![[r"
            CHANGELOG.md is missing or empty
            docs/ARCHITECTURE.md is missing or empty
            docs/adr/README.md is missing or empty
            LICENSE-MIT is missing or empty
            LICENSE-APACHE is missing or empty"]],
    );
}
