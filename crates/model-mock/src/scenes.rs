//! What the stand-in plays for clients that know nothing of its script: scenes by what the user's first message says.

use serde_json::json;

use crate::say::{Block, Reply, Say, Stop, Style};
use crate::server::Asked;

/// Plays `tool`, `refuse`, `long`, `json`, `break`, `busy`, `never`, and a greeting for all else.
pub fn scenes() -> impl FnMut(&Asked) -> Reply + Send + 'static {
    let mut failed = 0;
    move |asked| scene(asked, &mut failed)
}

/// What is answered; the scenes are named by the first message.
fn scene(asked: &Asked, failed: &mut u32) -> Reply {
    let awkward = Style { piece: 5, crlf: true, noise: true, delta: 3, ..Style::default() };
    let first = asked.first_text();
    match first.trim() {
        "tool" if asked.turns() == 0 => {
            let thought = Block::Thinking {
                text: "I had better look.".to_owned(),
                signature: format!("sig-{}", asked.number),
            };
            let say = Say::call(
                &format!("toolu_{:04}", asked.number),
                "look",
                json!({ "path": "värde.yaml", "deep": [1, { "a": null }] }),
            );
            say.after(thought).styled(awkward).into()
        }
        "tool" => Say::text(format!("It says: {}", asked.last_text())).styled(awkward).into(),
        "refuse" => Say::refusal("cyber", "No.").into(),
        "long" => Say::text("This will be cut in the middle.")
            .stopped(Stop::MaxTokens)
            .styled(Style { cut: true, ..awkward })
            .into(),
        "json" => Say::text(json!({ "answer": 42, "why": null }).to_string()).styled(awkward).into(),
        "break" => Say::text("never whole")
            .styled(Style { error_after: Some((3, "overloaded_error")), ..awkward })
            .into(),
        "busy" => {
            *failed += 1;
            match *failed % 3 {
                0 => Reply::text("at last"),
                1 => Reply::error(529, "overloaded_error", "Overloaded").with_header("retry-after-ms", "20"),
                _ => Reply::error(429, "rate_limit_error", "Slow down").with_header("retry-after", "0.05"),
            }
        }
        "never" => Reply::error(429, "rate_limit_error", "Slow down").with_header("x-should-retry", "false"),
        _ => Say::text("Grüße, 世界 🚢").styled(awkward).into(),
    }
}
