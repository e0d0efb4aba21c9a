//! How much each end may send, and what goes back to others.

use super::*;

#[test]
fn what_a_server_reads_is_granted_anew_and_the_window_grows() {
    let mut table = table(1);
    let mut window = FLOOR;
    for _ in 0..10 {
        let mut received = 0;
        while received < window {
            let piece = vec![1; (window - received).min(MAX_PAYLOAD)];
            table.take(Frame::Data(1, &piece)).expect("within credit");
            received += piece.len();
        }
        assert_eq!(table.take(Frame::Data(1, b"x")), Err(Breach::Credit));
        let got = read(&mut table, 1, window).expect("bytes").expect("open");
        assert_eq!(got.len(), window);
        let frames = sent(&mut table);
        let [Sent::Credit(1, granted)] = frames[..] else {
            panic!("{frames:?}");
        };
        let granted = granted as usize;
        assert_eq!(granted, (2 * window).min(CEILING));
        window = granted;
    }
    assert_eq!(window, CEILING);
}

#[test]
fn a_server_that_does_not_read_is_granted_nothing_and_others_go_on() {
    let mut table = table(2);
    for id in [1, 2] {
        let full = vec![1; FLOOR];
        table.take(Frame::Data(id, &full)).expect("within credit");
    }
    for _ in 0..100 {
        read(&mut table, 2, CEILING).expect("bytes").expect("open");
        let frames = sent(&mut table);
        let [Sent::Credit(2, granted)] = frames[..] else {
            panic!("{frames:?}");
        };
        let more = vec![1; granted as usize];
        table.take(Frame::Data(2, &more)).expect("within credit");
    }
}

/// Each server reads all that its client may send, so many times.
fn transfer_all(table: &mut Table, granted: &mut [usize], rounds: usize) {
    for _ in 0..rounds {
        for id in 1..granted.len() as u32 {
            let window = granted[id as usize];
            for piece in vec![1; window].chunks(MAX_PAYLOAD) {
                table.take(Frame::Data(id, piece)).expect("within credit");
            }
            read(table, u64::from(id), window);
        }
        for frame in sent(table) {
            if let Sent::Credit(id, bytes) = frame {
                granted[id as usize] = bytes as usize;
            }
        }
    }
}

#[test]
fn windows_stop_growing_where_all_together_have_grown_enough() {
    let connections = MAX_CONNECTIONS as u32;
    let mut table = table(connections);
    let mut granted = vec![FLOOR; MAX_CONNECTIONS + 1];
    let (floors, mut all) = (MAX_CONNECTIONS * FLOOR, 0);
    for _ in 0..20 {
        transfer_all(&mut table, &mut granted, 1);
        all = granted[1..].iter().sum();
        assert!(all <= floors + POOL, "{all}");
    }
    assert!(all > floors + POOL / 2, "{all}");
    // What ends gives its part back.
    for number in 1..=u64::from(connections) {
        table.close(number);
    }
    assert_eq!(table.pool, Pool::new(POOL));
}

/// So does an SDK that keeps its connections open for the next call.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_returns_what_it_may_send_beyond_the_floor() {
    let mut table = table(2);
    let all = u32::try_from(CEILING - FLOOR).expect("a number");
    assert_eq!(table.next_give_back(), None);
    for id in [1, 2] {
        table.take(Frame::Credit(id, all)).expect("credit");
    }
    assert!(table.has_news());
    assert_eq!(table.next_give_back(), Some(Instant::now() + INTERVAL));
    assert!(!table.has_news());
    write(&mut table, 1, b"answer");
    for _ in 0..10 {
        write(&mut table, 2, &[1; MAX_PAYLOAD]);
        sent(&mut table);
    }
    table.give_back();
    assert_eq!(sent(&mut table), []);
    tokio::time::advance(INTERVAL).await;
    // The other one has sent much, and goes on.
    write(&mut table, 2, b"x");
    table.give_back();
    let frames = [Sent::Return(1, all - 6), Sent::Data(2, 1)];
    assert_eq!(sent(&mut table), frames);
    assert_eq!(write(&mut table, 1, &vec![1; CEILING]), FLOOR);
    sent(&mut table);
    // Once it is silent, too, nobody need look any more.
    for _ in 0..3 {
        tokio::time::advance(INTERVAL).await;
        table.give_back();
    }
    let [Sent::Return(2, _)] = sent(&mut table)[..] else {
        panic!("something else");
    };
    assert_eq!(table.next_give_back(), None);
}

/// So an answer that is smaller than a window, and is not granted anew.
#[tokio::test(start_paused = true)]
async fn what_a_server_has_read_goes_back_if_nothing_more_comes() {
    let mut table = table(1);
    for _ in 0..2 {
        let bytes = vec![1; FLOOR - 1000];
        table.take(Frame::Data(1, &bytes)).expect("within credit");
        read(&mut table, 1, CEILING).expect("bytes").expect("open");
    }
    sent(&mut table);
    assert_ne!(table.pool, Pool::new(POOL));
    for _ in 0..2 {
        assert!(table.next_give_back().is_some());
        tokio::time::advance(INTERVAL).await;
        table.give_back();
    }
    assert_eq!(table.pool, Pool::new(POOL));
    assert_eq!(table.next_give_back(), None);
}

#[test]
fn what_a_silent_client_returns_is_for_others_and_leaves_no_memory_behind() {
    let mut table = table(1);
    let mut granted = vec![FLOOR; 2];
    transfer_all(&mut table, &mut granted, 10);
    assert_eq!(granted[1], CEILING);
    for _ in 0..8 {
        let bytes = [1; FLOOR];
        table.take(Frame::Data(1, &bytes)).expect("within credit");
    }
    read(&mut table, 1, 8 * FLOOR - 100)
        .expect("bytes")
        .expect("open");
    assert!(table.connections[&1].incoming.capacity() >= 8 * FLOOR);
    let returned = u32::try_from(CEILING - 9 * FLOOR).expect("a number");
    table.take(Frame::Return(1, returned)).expect("it has them");
    assert!(table.connections[&1].incoming.capacity() <= 4 * FLOOR);
    assert_eq!(
        read(&mut table, 1, FLOOR).expect("bytes").expect("open"),
        [1; 100]
    );
    assert_eq!(table.pool, Pool::new(POOL - 100));
    assert_eq!(table.take(Frame::Return(1, 1)), Err(Breach::Returned));
}

/// A client that sends a large body, and is refused before its end: the relay hears of that later than
/// credrun has dropped the stream.
#[test]
fn what_comes_for_a_stream_that_was_dropped_is_no_breach() {
    let mut table = table(1);
    let mut granted = vec![FLOOR; 2];
    transfer_all(&mut table, &mut granted, 10);
    table.close(1);
    for _ in 0..15 {
        let bytes = [1; MAX_PAYLOAD];
        assert_eq!(table.take(Frame::Data(1, &bytes)), Ok(()));
    }
    let rest = CEILING - 15 * MAX_PAYLOAD - FLOOR;
    assert_eq!(table.take(Frame::Return(1, rest as u32)), Ok(()));
    assert_eq!(sent(&mut table), [Sent::Close(1)]);
    assert_eq!(table.pool, Pool::new(POOL));
}
