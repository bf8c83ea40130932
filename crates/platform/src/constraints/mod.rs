//! Rules of the house, in CEL, over an Application and the facts in force where it goes.

mod compile;
mod conflicts;
mod evaluate;
mod subject;

pub use compile::{CompileError, Program};
pub(crate) use conflicts::check;
pub use evaluate::Verdict;
pub(crate) use subject::facts;
pub use subject::{Subject, helm_values};

use crate::model::{Constraint, Platform};

impl Platform {
    /// The constraints that hold for an Application of this name in this environment (`None`: of no known one),
    /// exceptions taken out.
    pub fn constraints_for<'p>(
        &'p self,
        application: &'p str,
        environment: Option<&'p str>,
    ) -> impl Iterator<Item = &'p Constraint> {
        self.constraints.iter().filter(move |constraint| {
            self.applies(&constraint.environments, environment)
                && !constraint.except.iter().any(|pattern| crate::pattern::matches(pattern, application))
                && self.exception(&constraint.id, application, environment).is_none()
        })
    }

    /// Whether an Application keeps to a constraint. What is missing in it is `null`; what cannot be evaluated is
    /// unknown, never a pass. A constraint that could not be compiled is unknown too (and an issue).
    pub fn evaluate(&self, constraint: &Constraint, subject: &Subject) -> Verdict {
        match &constraint.program {
            Some(program) => program.evaluate(subject),
            None => Verdict::Unknown("the constraint has no rule that can be compiled".to_owned()),
        }
    }
}
