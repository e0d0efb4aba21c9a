//! Panics: bugs of credrun's or of a library's. One of them ends a run in order, as any error does:
//! the terminal is given back, the container removed and the report written.
//!
//! What a panic says may have been made from a value, and that value may be a secret: a slice of
//! text that goes wrong shows the text. So its words are told only where they stand in the program
//! as they are, and the place is told in any case.

pub(crate) mod bug;

use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use crate::messages::error::Error;

use bug::Bug;

/// A panic that is only seen to end a program, and not caught, would leave what a run has made.
#[cfg(not(panic = "unwind"))]
compile_error!("credrun tidies up after a panic, which takes panic = \"unwind\"");

/// All panics of this process.
static PANICS: Panics = Panics::none();

/// Notes panics from now on, and says nothing of them: whoever catches one does.
pub fn watch() {
    std::panic::set_hook(Box::new(|panic| PANICS.note(Bug::of(panic))));
}

/// Does `step` on this thread, a program's whole work.
///
/// # Errors
/// The step's own, and [`Error::Bug`].
pub fn caught<T>(step: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    std::panic::catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| Err(PANICS.error()))
}

/// Does `step`. A panic in it is an error of its own.
///
/// # Errors
/// The step's own, and [`Error::Bug`].
pub fn caught_in<T>(
    step: impl Future<Output = Result<T, Error>>,
) -> impl Future<Output = Result<T, Error>> {
    PANICS.caught_in(step)
}

/// Does `step`, unless there is a panic, be it in the step or in what goes on beside it: without
/// the thread that reads its output, or what renews its credentials, a container is not to run on.
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

    /// The first is the cause of what followed.
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
        // On the heap: a future that holds another takes room for it twice, and these are nested.
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
            // Before the look: one that comes in between is heard as well.
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
