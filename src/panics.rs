//! Panics: bugs in credrun or a library. A panic ends a run in order, as any error does: the
//! terminal is restored, the container removed and the report written.
//!
//! A panic's message may contain a value, and that value may be secret: a text slice out of range
//! shows the text. The message is therefore shown only if it is a constant in the program; the
//! place is always shown.

pub(crate) mod bug;

use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use crate::messages::error::Error;

use bug::Bug;

/// A panic that is not caught, and only ends the program, would leave a run's containers behind.
#[cfg(not(panic = "unwind"))]
compile_error!("credrun tidies up after a panic, which takes panic = \"unwind\"");

/// All panics of this process.
static PANICS: Panics = Panics::none();

/// Notes panics from now on, without printing them: the code that catches one reports it.
pub fn watch() {
    std::panic::set_hook(Box::new(|panic| PANICS.note(Bug::of(panic))));
}

/// Does `step`, a program's whole work, on this thread.
///
/// # Errors
/// The step's own, and [`Error::Bug`].
pub fn caught<T>(step: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    std::panic::catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| Err(PANICS.error()))
}

/// Does `step`. A panic in it becomes an error.
///
/// # Errors
/// The step's own, and [`Error::Bug`].
pub fn caught_in<T>(
    step: impl Future<Output = Result<T, Error>>,
) -> impl Future<Output = Result<T, Error>> {
    PANICS.caught_in(step)
}

/// Does `step`, but ends at any panic, in the step or elsewhere in the process: a container must
/// not go on without the thread that reads its output, or the task that renews its credentials.
///
/// # Errors
/// The step's own, and [`Error::Bug`].
pub fn unless_any<T>(
    step: impl Future<Output = Result<T, Error>>,
) -> impl Future<Output = Result<T, Error>> {
    PANICS.unless_any(step)
}

struct Panics {
    first: Mutex<Option<Bug>>,
    noted: Notify,
}

impl Panics {
    const fn none() -> Self {
        Self {
            first: Mutex::new(None),
            noted: Notify::const_new(),
        }
    }

    fn note(&self, bug: Bug) {
        self.first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(bug);
        self.noted.notify_waiters();
    }

    /// The first panic is the cause of any later ones.
    fn first(&self) -> Option<Bug> {
        let first = self.first.lock();
        first.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn error(&self) -> Error {
        Error::Bug(self.first().unwrap_or_else(|| Bug {
            place: "an unknown place".to_owned(),
            words: None,
        }))
    }

    fn caught_in<T>(
        &self,
        step: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        // On the heap: nested futures would otherwise take twice the room at each level.
        let step = AssertUnwindSafe(Box::pin(step)).catch_unwind();
        async { step.await.unwrap_or_else(|_| Err(self.error())) }
    }

    fn unless_any<T>(
        &self,
        step: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        let step = self.caught_in(step);
        async {
            tokio::select! {
                biased;
                done = step => done,
                () = self.any() => Err(self.error()),
            }
        }
    }

    async fn any(&self) {
        loop {
            // Registered before the check, so that a panic in between is noticed.
            let noted = self.noted.notified();
            if self.first().is_some() {
                return;
            }
            noted.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::panics::bug::fixed_words;

    fn bug(place: &str) -> Bug {
        Bug {
            place: place.to_owned(),
            words: None,
        }
    }

    async fn ended<T>(step: impl Future<Output = T>) -> T {
        let deadline = Duration::from_secs(20);
        tokio::time::timeout(deadline, step).await.expect("an end")
    }

    #[tokio::test]
    async fn a_panic_of_the_step_itself_is_an_error() {
        let panics = Panics::none();
        let step = async {
            panics.note(bug("here"));
            std::panic::resume_unwind(Box::new("noted"))
        };
        let outcome: Result<(), Error> = panics.caught_in(step).await;
        assert!(matches!(outcome, Err(Error::Bug(found)) if found == bug("here")));
    }

    #[tokio::test]
    async fn a_panic_beside_a_step_ends_it() {
        let panics = Arc::new(Panics::none());
        let elsewhere = Arc::clone(&panics);
        let step = panics.unless_any(async {
            std::thread::spawn(move || elsewhere.note(bug("there")));
            pending::<Result<(), Error>>().await
        });
        let outcome = ended(step).await;
        assert!(matches!(outcome, Err(Error::Bug(found)) if found == bug("there")));
    }

    #[tokio::test]
    async fn a_panic_before_a_step_ends_it_and_the_first_is_told() {
        let panics = Panics::none();
        panics.note(bug("first"));
        panics.note(bug("second"));
        let outcome = ended(panics.unless_any(pending::<Result<(), Error>>())).await;
        let told = outcome.expect_err("ended").report();
        assert!(told.contains("a panic at first\nhint: "), "{told}");
    }

    #[tokio::test]
    async fn what_is_tidied_up_after_a_panic_is_not_ended_by_it() {
        let panics = Panics::none();
        panics.note(bug("before"));
        assert!(matches!(panics.caught_in(async { Ok(7) }).await, Ok(7)));
    }

    #[test]
    fn words_that_were_made_from_a_value_are_not_told() {
        let secret = "KEEP-OUT";
        let panic = |step: fn(&str)| {
            let caught = std::panic::catch_unwind(|| step("KEEP-OUT"));
            caught.expect_err("a panic")
        };
        let made = panic(|secret| std::panic::resume_unwind(Box::new(format!("no {secret}"))));
        assert_eq!(fixed_words(&*made), None);
        let fixed = panic(|_| std::panic::resume_unwind(Box::new("no such thing")));
        assert_eq!(fixed_words(&*fixed), Some("no such thing"));
        assert!(!bug("x").to_string().contains(secret));
    }
}
