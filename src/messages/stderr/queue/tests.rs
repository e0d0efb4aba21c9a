use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

/// A queue to a reader that takes a text each time it is told to.
fn slow() -> (Queue, Sender<()>, Receiver<String>) {
    let (take, taken) = channel();
    let (send, read) = channel();
    let queue = Queue::start(DEADLINE, move |text| {
        let _ = taken.recv();
        let _ = send.send(String::from_utf8_lossy(text).into_owned());
    });
    (queue.expect("a thread"), take, read)
}

fn is_taken(queue: &Queue) -> bool {
    queue.0.lock().waiting.is_empty()
}

/// Says a text that the writing thread is then busy with.
fn stuck(queue: &Queue) {
    queue.say(b"stuck\n", false);
    while !is_taken(queue) {
        thread::yield_now();
    }
}

#[test]
fn a_line_that_can_be_written_at_once_is_written_before_the_caller_goes_on() {
    let (send, read) = channel();
    let queue = Queue::start(DEADLINE, move |text| {
        // Whoever does not wait is faster than this.
        thread::sleep(Duration::from_millis(5));
        let _ = send.send(text.to_vec());
    })
    .expect("a thread");
    queue.say(b"first\n", true);
    assert_eq!(read.try_recv().expect("written"), b"first\n");
}

#[test]
fn a_reader_that_reads_nothing_holds_up_nobody_and_misses_nothing() {
    let (queue, take, read) = slow();
    stuck(&queue);
    queue.say(b"second\n", false);
    queue.say(b"third\n", false);
    assert!(!queue.is_idle());
    take.send(()).expect("a thread");
    take.send(()).expect("a thread");
    queue.wait_until_idle();
    let all: Vec<_> = read.try_iter().collect();
    assert_eq!(all, ["stuck\n", "second\nthird\n"]);
}

#[test]
fn what_there_is_no_room_for_is_counted_and_an_error_comes_through() {
    let (queue, take, read) = slow();
    stuck(&queue);
    queue.say(&[b'x'; ROOM - 1], false);
    queue.say(b"no room\n", false);
    queue.say(b"\n", false);
    queue.say_in_any_case(b"credrun: an error\n", false);
    take.send(()).expect("a thread");
    take.send(()).expect("a thread");
    assert_eq!(read.recv_timeout(DEADLINE).expect("read"), "stuck\n");
    let rest = read.recv_timeout(DEADLINE).expect("read");
    assert_eq!(
        rest.trim_start_matches('x'),
        "credrun: warning: stderr was not read in time; messages left out here: 2\ncredrun: an error\n"
    );
    queue.say(b"room again\n", false);
    take.send(()).expect("a thread");
    assert_eq!(read.recv_timeout(DEADLINE).expect("read"), "room again\n");
}

#[test]
fn what_waits_is_taken_over_and_nobody_waits_for_what_is_stuck() {
    let (queue, take, read) = slow();
    stuck(&queue);
    queue.say(b"second\n", false);
    assert_eq!(queue.take_over(), b"second\n");
    assert!(queue.is_idle());
    take.send(()).expect("a thread");
    assert_eq!(read.recv_timeout(DEADLINE).expect("read"), "stuck\n");
}
