//! A package index for pip and uv: PyPI's simple repository API (PEP 503, PEP 658), with one package.

use crate::guarded;
use crate::scene::Scene;
use crate::shelf;
use crate::support::server::{Answer, Server};

const WHEEL: &str = "hello-1.0-py3-none-any.whl";

const LINES: &str = "mkdir hello hello-1.0.dist-info
echo 'print(\"hello\")' >hello/__init__.py
printf 'Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n' >hello-1.0.dist-info/METADATA
printf 'Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n' >hello-1.0.dist-info/WHEEL
for file in hello/__init__.py hello-1.0.dist-info/{METADATA,WHEEL,RECORD}; do echo \"$file,,\"; done >record
mv record hello-1.0.dist-info/RECORD
zip hello-1.0-py3-none-any.whl hello/__init__.py hello-1.0.dist-info/{METADATA,WHEEL,RECORD}";

/// `/simple/hello/`, for names and passwords only: that is all that Python's installers know.
pub fn serve(scene: &Scene) -> Server {
    let folder = shelf::make(&scene.world, LINES);
    guarded::serve(&scene.server, &["Basic realm=\"index\""], move |request| match request.path() {
        "/simple/hello/" => {
            let link = format!("<!doctype html><a href=\"/{WHEEL}\" data-core-metadata=\"true\">{WHEEL}</a>");
            Answer::new(200, "text/html", link)
        }
        path if path == format!("/{WHEEL}") => shelf::file(&folder, WHEEL, "application/zip"),
        path if path == format!("/{WHEEL}.metadata") => {
            shelf::file(&folder, "hello-1.0.dist-info/METADATA", "text/plain")
        }
        _ => Answer::html(404),
    })
}
