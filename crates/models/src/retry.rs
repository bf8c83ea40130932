//! When a failed attempt is made again, and after how long: as Anthropic's and OpenAI's own clients do.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::answer::{Answer, Event, Usage};
use crate::clock;
use crate::config::World;
use crate::error::{ErrorKind, ModelError};
use crate::http::Headers;
use crate::price::Price;

/// The longest wait that a server may ask for; when it asks for more the attempt is the last.
const LONGEST_ASKED: Duration = Duration::from_mins(5);

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Box<ModelError>,
    /// Whether another attempt may succeed.
    pub(crate) again: bool,
    /// How long the server wants to be left alone.
    pub(crate) after: Option<Duration>,
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        let again = error.kind.is_passing();
        Self { error: Box::new(error), again, after: None }
    }
}

impl Failure {
    /// The failure that an answer of a status is.
    pub(crate) fn of_status(error: ModelError, status: u16, headers: &Headers, now: SystemTime) -> Self {
        let after = asked(headers, now);
        let again = match headers.get("x-should-retry") {
            _ if after.is_some_and(|after| after > LONGEST_ASKED) => false,
            Some("true") => true,
            Some("false") => false,
            _ => matches!(status, 408 | 409 | 429) || status >= 500,
        };
        let mut error = error;
        if let Some(after) = after.filter(|after| *after > LONGEST_ASKED) {
            error.hint = Some(format!("the server asks to be left alone for {} seconds", after.as_secs()));
        }
        Self { error: Box::new(error), again, after }
    }
}

/// The wait that a server asks for.
fn asked(headers: &Headers, now: SystemTime) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"));
    let wait = match seconds {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        None => clock::http_date(headers.get("retry-after")?.trim())?.duration_since(now).ok()?,
    };
    (!wait.is_zero()).then_some(wait)
}

/// The wait before attempt `made + 1`: what the server asked for, else half a second doubled each time up to eight, less up to a
/// quarter.
fn wait(after: Option<Duration>, made: u32, chance: f64) -> Duration {
    let own = || Duration::from_secs_f64((0.5 * f64::from(1_u32 << made.min(16))).min(8.0));
    after.unwrap_or_else(|| own().mul_f64(1.0 - 0.25 * chance.clamp(0.0, 1.0)))
}

/// One attempt, which tells what comes.
type Attempt<'a, T> = dyn FnMut(&mut dyn FnMut(Event<'_>)) -> Result<T, Failure> + 'a;

/// Makes attempts until one succeeds, fails for good, or is the last. Also gives what the failed ones spent.
pub(crate) fn attempts<T>(
    retries: u32,
    world: &World,
    watch: &mut dyn FnMut(Event<'_>),
    once: &mut Attempt<'_, T>,
) -> Result<(T, Usage), ModelError> {
    let mut spent = Usage::default();
    let mut made = 0;
    loop {
        let failure = match once(watch) {
            Ok(value) => return Ok((value, spent)),
            Err(failure) => failure,
        };
        spent.add(&failure.error.usage);
        if !failure.again || made >= retries {
            let mut error = *failure.error;
            error.usage = spent;
            if made > 0 {
                error.message = format!("{} (tried {} times)", error.message, made + 1);
            }
            return Err(error);
        }
        let after = wait(failure.after, made, (world.chance)());
        watch(Event::Retry { after, why: &failure.error.to_string() });
        (world.sleep)(after);
        made += 1;
    }
}

/// One attempt with a body, which tells what comes.
type Once<'a> = dyn Fn(&Value, &mut dyn FnMut(Event<'_>)) -> Result<Answer, Failure> + 'a;

/// How a client asks, whatever the protocol.
pub(crate) struct Asking<'a> {
    /// What is sent, as far as the server takes it.
    pub(crate) body: &'a dyn Fn() -> Value,
    pub(crate) once: &'a Once<'a>,
    /// What to do without in the next body, where the server refuses something in the last.
    pub(crate) less: &'a dyn Fn(&Value, &ModelError) -> Option<&'static str>,
    pub(crate) price: Option<Price>,
}

/// Asks, with attempts as [`attempts`] makes them; what is refused is left out and asked again. The answer's usage and cost are
/// those of all attempts with the last body.
pub(crate) fn answered(
    asking: &Asking<'_>,
    retries: u32,
    world: &World,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<Answer, ModelError> {
    loop {
        let sent = (asking.body)();
        let error = match attempts(retries, world, watch, &mut |watch| (asking.once)(&sent, watch)) {
            Ok((mut answer, spent)) => {
                answer.usage.add(&spent);
                answer.cost_usd = asking.price.map(|price| price.of(&answer.usage));
                return Ok(answer);
            }
            Err(error) => error,
        };
        let Some(what) = (asking.less)(&sent, &error) else { return Err(error) };
        let why = format!("{error}: asked again without {what}");
        watch(Event::Retry { after: Duration::ZERO, why: &why });
    }
}

/// The kind of failure that a status is, where the body does not say more.
pub(crate) const fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 | 403 => ErrorKind::Authentication,
        402 => ErrorKind::Billing,
        404 => ErrorKind::NotFound,
        408 | 504 => ErrorKind::Timeout,
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        503 | 529 => ErrorKind::Overloaded,
        300..=399 => ErrorKind::Protocol,
        500.. => ErrorKind::Server,
        _ => ErrorKind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn waits_are_as_documented() {
        let now = UNIX_EPOCH + Duration::from_secs(1_445_412_470);
        let asked = |list: &[(&str, &str)]| asked(&Headers::of(list), now);
        assert_eq!(
            asked(&[("retry-after-ms", "1500"), ("retry-after", "9")]),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(asked(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(asked(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        assert_eq!(asked(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")]), Some(Duration::from_secs(10)));
        for nothing in ["0", "-3", "NaN", "inf", "1e300", "soon", "Wed, 21 Oct 2015 07:00:00 GMT"] {
            assert_eq!(asked(&[("retry-after", nothing)]), None, "{nothing}");
        }
        assert_eq!(wait(None, 0, 0.0), Duration::from_millis(500));
        assert_eq!(wait(None, 1, 1.0), Duration::from_millis(750));
        assert_eq!(wait(None, 40, 0.0), Duration::from_secs(8));
    }

    #[test]
    fn what_is_tried_again() {
        let again = |status, list: &[(&str, &str)]| {
            let error = ModelError::new(kind_of(status), "");
            Failure::of_status(error, status, &Headers::of(list), UNIX_EPOCH).again
        };
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert!(again(status, &[]), "{status}");
            assert!(!again(status, &[("x-should-retry", "false")]), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 413, 422] {
            assert!(!again(status, &[]), "{status}");
            assert!(again(status, &[("x-should-retry", "true")]), "{status}");
        }
        assert!(again(429, &[("retry-after", "300")]));
        assert!(!again(429, &[("retry-after", "301")]));
    }
}
