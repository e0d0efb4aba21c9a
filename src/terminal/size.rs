//! The size of a terminal, and keeping a container's terminal at the size of this one.

use std::os::fd::AsFd;
use std::time::Duration;

use tokio::sync::watch;

/// The size of a terminal, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSize {
    pub rows: u16,
    /// Cells in a line.
    pub columns: u16,
}

impl WindowSize {
    /// The size of the terminal behind `fd`; none if that is not a terminal, or one that does not
    /// know its size (0 × 0), which must never be sent to the Engine.
    #[must_use]
    pub fn of(fd: impl AsFd) -> Option<Self> {
        let size = rustix::termios::tcgetwinsize(fd).ok()?;
        (size.ws_row > 0 && size.ws_col > 0).then_some(Self {
            rows: size.ws_row,
            columns: size.ws_col,
        })
    }
}

/// Keeps a container's terminal at the size of this one. It sends one size at a time: with two
/// requests under way, the Engine may carry out the older one last, as Engine 28 does if the window
/// changes during the start.
#[derive(Debug)]
pub(crate) struct Resizer(watch::Sender<()>);

impl Resizer {
    /// Sends a size with `resize` after each [`Resizer::window_changed`].
    pub(crate) fn new<F, E>(resize: impl Fn(WindowSize) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send,
    {
        Self::of(|| WindowSize::of(rustix::stdio::stdout()), resize)
    }

    fn of<F, E>(
        window: impl Fn() -> Option<WindowSize> + Send + Sync + 'static,
        resize: impl Fn(WindowSize) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send,
    {
        let (changes, mut changed) = watch::channel(());
        tokio::spawn(async move {
            while changed.changed().await.is_ok() {
                send_size(&window, &resize).await;
            }
        });
        Self(changes)
    }

    /// Call when the window has, or may have, another size. Returns at once.
    pub(crate) fn window_changed(&self) {
        self.0.send_replace(());
    }
}

/// Retries for half a second: a process that has just been started may have no terminal yet.
async fn send_size<F, E>(
    window: &impl Fn() -> Option<WindowSize>,
    resize: &impl Fn(WindowSize) -> F,
) where
    F: Future<Output = Result<(), E>>,
{
    const ATTEMPTS: u32 = 10;
    for attempt in 1..=ATTEMPTS {
        // Read each time: the window may have changed meanwhile.
        let Some(size) = window() else { return };
        if resize(size).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10) * attempt).await;
    }
    tracing::warn!("failed to resize the container's terminal, using its default size");
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU16, Ordering};
    use std::sync::{Arc, Mutex};

    use super::*;

    fn square(side: u16) -> WindowSize {
        WindowSize {
            rows: side,
            columns: side,
        }
    }

    /// An Engine that is slower for a smaller size, and the window in front of it.
    struct Fixture {
        side: Arc<AtomicU16>,
        carried_out: Arc<Mutex<Vec<u16>>>,
        resizer: Resizer,
    }

    impl Fixture {
        fn with_window(side: u16) -> Self {
            let side = Arc::new(AtomicU16::new(side));
            let carried_out = Arc::new(Mutex::new(Vec::new()));
            let (window, done) = (side.clone(), carried_out.clone());
            let resizer = Resizer::of(
                move || Some(square(window.load(Ordering::Relaxed))),
                move |size| {
                    let done = done.clone();
                    async move {
                        let millis = u64::from(1000 / size.rows);
                        tokio::time::sleep(Duration::from_millis(millis)).await;
                        done.lock().expect("no panic").push(size.rows);
                        Ok::<(), ()>(())
                    }
                },
            );
            Self {
                side,
                carried_out,
                resizer,
            }
        }

        fn resize_window(&self, side: u16) {
            self.side.store(side, Ordering::Relaxed);
            self.resizer.window_changed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_size_is_carried_out_last_however_long_an_earlier_one_takes() {
        let fixture = Fixture::with_window(1);
        fixture.resizer.window_changed();
        tokio::time::sleep(Duration::from_millis(1)).await;
        fixture.resize_window(50);
        fixture.resize_window(100);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(*fixture.carried_out.lock().expect("no panic"), [1, 100]);
    }
}
