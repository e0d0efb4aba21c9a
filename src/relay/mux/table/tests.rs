mod interleavings;
mod windows;

use std::io::IoSlice;
use std::task::{Context, Poll, Waker};

use tokio::io::ReadBuf;

use super::*;
use crate::relay::credit::{CEILING, Credit, FLOOR, Window};
use crate::relay::frame::{Decoder, MAX_PAYLOAD};

/// A table with so many open connections, which the relay numbers from 1 on; so does the table.
fn table(connections: u32) -> Table {
    let mut table = Table::default();
    for id in 1..=connections {
        let opened = table.open(id).expect("no breach").expect("a place");
        assert_eq!(opened.number, u64::from(id));
    }
    table
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// What a server reads now; none where it has to wait.
fn read(table: &mut Table, number: u64, most: usize) -> Option<io::Result<Vec<u8>>> {
    let mut room = vec![0; most];
    let mut buffer = ReadBuf::new(&mut room);
    match table.read(number, &context(), &mut buffer) {
        Poll::Pending => None,
        Poll::Ready(read) => Some(read.map(|()| buffer.filled().to_vec())),
    }
}

/// How many bytes a server can write now.
fn write(table: &mut Table, number: u64, bytes: &[u8]) -> usize {
    match table.write(number, &context(), &[IoSlice::new(bytes)]) {
        Poll::Pending => 0,
        Poll::Ready(count) => count.expect("an open connection"),
    }
}

/// A frame without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Data(u32, usize),
    End(u32),
    Credit(u32, u32),
    Return(u32, u32),
    Close(u32),
    Reset(u32),
}

/// All that the relay is sent, one write after the other.
fn sent(table: &mut Table) -> Vec<Sent> {
    let mut frames = Vec::new();
    while table.has_output() {
        let mut out = Vec::new();
        table.fill(&mut out);
        frames.extend(decoded(&out));
    }
    frames
}

/// The frames of one write, which are whole.
fn decoded(out: &[u8]) -> Vec<Sent> {
    let mut frames = Vec::new();
    let mut decoder = Decoder::default();
    decoder.push(out);
    while let Some(frame) = decoder.next().expect("frames") {
        frames.push(match frame {
            Frame::Data(id, bytes) => Sent::Data(id, bytes.len()),
            Frame::End(id) => Sent::End(id),
            Frame::Credit(id, granted) => Sent::Credit(id, granted),
            Frame::Return(id, bytes) => Sent::Return(id, bytes),
            Frame::Close(id) => Sent::Close(id),
            Frame::Reset(id) => Sent::Reset(id),
            other => panic!("{other:?}"),
        });
    }
    frames
}

#[test]
fn a_server_writes_what_the_relay_grants_and_no_more() {
    let mut table = table(1);
    let bytes = vec![1; CEILING];
    assert_eq!(write(&mut table, 1, &bytes), FLOOR);
    assert_eq!(write(&mut table, 1, &bytes), 0);
    assert_eq!(sent(&mut table), [Sent::Data(1, FLOOR)]);
    assert_eq!(write(&mut table, 1, &bytes), 0);
    table.take(Frame::Credit(1, 5)).expect("credit");
    assert_eq!(write(&mut table, 1, &bytes), 5);
}

#[test]
fn a_server_gets_ahead_of_its_turn_by_one_frame_only() {
    let mut table = table(1);
    let all = u32::try_from(CEILING - FLOOR).expect("a number");
    table.take(Frame::Credit(1, all)).expect("credit");
    let bytes = vec![1; CEILING];
    assert_eq!(write(&mut table, 1, &bytes), MAX_PAYLOAD);
    assert_eq!(write(&mut table, 1, &bytes), 0);
}

/// Two servers that always have more to write, and a small answer in between: it waits for a frame
/// of each, and neither of them gets ahead of the other.
#[test]
fn a_small_answer_waits_for_a_frame_of_each_other_connection_and_no_more() {
    let mut table = table(3);
    let all = u32::try_from(CEILING - FLOOR).expect("a number");
    let bytes = vec![1; MAX_PAYLOAD];
    for id in [1, 2] {
        table.take(Frame::Credit(id, all)).expect("credit");
    }
    let mut order = Vec::new();
    for step in 0..6 {
        for number in [1, 2] {
            write(&mut table, number, &bytes);
        }
        if step == 2 {
            assert_eq!(write(&mut table, 3, b"small"), 5);
        }
        let mut out = Vec::new();
        table.fill(&mut out);
        order.extend(decoded(&out).iter().map(|frame| match frame {
            Sent::Data(id, _) => *id,
            other => panic!("{other:?}"),
        }));
    }
    // The small answer leaves room for another frame in its write.
    assert_eq!(order, [1, 2, 1, 2, 3, 1, 2]);
}

#[test]
fn each_half_ends_by_itself_and_the_connection_with_both() {
    let mut table = table(1);
    table.take(Frame::Data(1, b"request")).expect("credit");
    table.take(Frame::End(1)).expect("an end");
    assert_eq!(
        read(&mut table, 1, 99).expect("bytes").expect("open"),
        b"request"
    );
    assert_eq!(read(&mut table, 1, 99).expect("an end").expect("open"), b"");
    assert_eq!(write(&mut table, 1, b"answer"), 6);
    table.end(1).expect("open");
    assert_eq!(sent(&mut table), [Sent::Data(1, 6), Sent::End(1)]);
    assert!(table.numbers.is_empty());
    table.close(1);
    assert!(table.connections.is_empty());
    assert_eq!(sent(&mut table), []);
}

#[test]
fn a_server_that_has_ended_its_half_still_reads_the_clients() {
    let mut table = table(1);
    table.end(1).expect("open");
    assert_eq!(sent(&mut table), [Sent::End(1)]);
    table.take(Frame::Data(1, b"more")).expect("credit");
    assert_eq!(
        read(&mut table, 1, 99).expect("bytes").expect("open"),
        b"more"
    );
    table.take(Frame::End(1)).expect("an end");
    assert!(table.numbers.is_empty());
    assert_eq!(read(&mut table, 1, 99).expect("an end").expect("open"), b"");
}

#[test]
fn what_was_written_before_the_stream_was_dropped_is_sent() {
    let mut table = table(1);
    write(&mut table, 1, b"answer");
    table.close(1);
    assert_eq!(sent(&mut table), [Sent::Data(1, 6), Sent::Close(1)]);
    assert!(table.connections.is_empty() && table.numbers.is_empty());
}

#[test]
fn a_client_that_is_gone_fails_its_stream_at_once() {
    let mut table = table(1);
    table.take(Frame::Data(1, b"request")).expect("credit");
    write(&mut table, 1, b"answer");
    table.take(Frame::Reset(1)).expect("a reset");
    assert!(read(&mut table, 1, 99).expect("an error").is_err());
    assert!(matches!(
        table.write(1, &context(), &[IoSlice::new(b"x")]),
        Poll::Ready(Err(_))
    ));
    assert_eq!(sent(&mut table), []);
    table.close(1);
    assert_eq!(sent(&mut table), []);
    assert!(table.connections.is_empty());
}

#[test]
fn frames_that_cross_the_end_of_their_connection_are_ignored() {
    let mut table = table(1);
    table.close(1);
    sent(&mut table);
    for frame in [
        Frame::Data(1, &[1; MAX_PAYLOAD]),
        Frame::Credit(1, 1),
        Frame::End(1),
        Frame::Reset(1),
    ] {
        assert_eq!(table.take(frame), Ok(()));
    }
}

#[test]
fn what_a_relay_may_not_do_is_told_from_what_it_may() {
    let breaches: [(&[Frame<'_>], Breach); 9] = [
        (&[Frame::Data(1, &[1; FLOOR + 1])], Breach::Credit),
        (&[Frame::End(1), Frame::Data(1, b"x")], Breach::AfterEnd),
        (&[Frame::End(1), Frame::End(1)], Breach::AfterEnd),
        (
            &[Frame::Credit(1, (CEILING - FLOOR + 1) as u32)],
            Breach::Allowed,
        ),
        (&[Frame::Credit(1, u32::MAX)], Breach::Allowed),
        (&[Frame::Return(1, 1)], Breach::Returned),
        (&[Frame::End(1), Frame::Return(1, 1)], Breach::AfterEnd),
        (&[Frame::Close(1)], Breach::Direction),
        (
            &[Frame::Ready {
                version: 3,
                port: 1,
            }],
            Breach::Direction,
        ),
    ];
    for (frames, breach) in breaches {
        let mut table = table(1);
        let (last, before) = frames.split_last().expect("a frame");
        for frame in before {
            assert_eq!(table.take(*frame), Ok(()), "{frames:?}");
        }
        assert_eq!(table.take(*last), Err(breach), "{frames:?}");
    }
    let mut table = table(1);
    assert_eq!(table.open(1).map(|_| ()), Err(Breach::Number));
}

#[test]
fn a_connection_beyond_the_places_is_refused_and_no_other_ends() {
    let mut table = table(MAX_CONNECTIONS as u32);
    let id = MAX_CONNECTIONS as u32 + 1;
    assert!(table.open(id).expect("no breach").is_none());
    assert_eq!(sent(&mut table), [Sent::Reset(id)]);
    assert_eq!(table.numbers.len(), MAX_CONNECTIONS);
}
