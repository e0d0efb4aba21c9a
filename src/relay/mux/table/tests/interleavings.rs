//! Whatever the relay, its clients and the servers do, in whatever order.

use proptest::prelude::*;

use super::*;

/// One thing that the relay, a client or a server does.
#[derive(Debug, Clone)]
enum Step {
    ClientSends(u32, usize),
    ClientReads(u32, usize),
    ClientEnds(u32),
    ServerReads(u32, usize),
    ServerWrites(u32, usize),
    ServerEnds(u32),
    ServerDrops(u32),
    ClientResets(u32),
    /// Each gives back what it does not need.
    GiveBack,
    Transfer,
}

const PEERS: u32 = 3;
const POOL_OF_RELAY: usize = 300_000;

fn grown(window: Window) -> usize {
    window.size().saturating_sub(FLOOR)
}

fn any_step() -> impl Strategy<Value = Step> {
    let id = || 1..=PEERS;
    let count = || prop_oneof![1_usize..100, 1_usize..100_000];
    prop_oneof![
        6 => (id(), count()).prop_map(|(id, count)| Step::ClientSends(id, count)),
        6 => (id(), count()).prop_map(|(id, count)| Step::ClientReads(id, count)),
        1 => id().prop_map(Step::ClientEnds),
        6 => (id(), count()).prop_map(|(id, count)| Step::ServerReads(id, count)),
        6 => (id(), count()).prop_map(|(id, count)| Step::ServerWrites(id, count)),
        1 => id().prop_map(Step::ServerEnds),
        1 => id().prop_map(Step::ServerDrops),
        1 => id().prop_map(Step::ClientResets),
        2 => Just(Step::GiveBack),
        4 => Just(Step::Transfer),
    ]
}

/// What a well-behaved relay keeps of one connection, and what both sides have said so far.
#[derive(Default)]
struct Peer {
    credit: Credit,
    window: Window,
    to_client: Vec<u8>,
    client_sent: Vec<u8>,
    server_read: Vec<u8>,
    server_wrote: Vec<u8>,
    client_read: Vec<u8>,
    client_ended: bool,
    server_ended: bool,
    /// The server has dropped its stream.
    is_dropped: bool,
    /// The relay knows that, or has reset the connection.
    is_over: bool,
}

impl Peer {
    fn has_server(&self) -> bool {
        !self.is_dropped && !self.is_over
    }
}

/// Bytes that show where in the stream they belong.
fn bytes_from(position: usize, count: usize) -> Vec<u8> {
    (position..position + count)
        .map(|at| (at % 251) as u8)
        .collect()
}

struct World {
    table: Table,
    pool: Pool,
    peers: Vec<Peer>,
}

impl World {
    fn new() -> Self {
        Self {
            table: table(PEERS),
            pool: Pool::new(POOL_OF_RELAY),
            peers: (0..=PEERS).map(|_| Peer::default()).collect(),
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::ClientSends(id, count) => self.client_sends(id, count),
            Step::ClientReads(id, count) => self.client_reads(id, count),
            Step::ClientEnds(id) => {
                let peer = &mut self.peers[id as usize];
                if !peer.is_over && !std::mem::replace(&mut peer.client_ended, true) {
                    self.table.take(Frame::End(id)).expect("an end");
                }
            }
            Step::ServerReads(id, count) => self.server_reads(id, count),
            Step::ServerWrites(id, count) => self.server_writes(id, count),
            Step::ServerEnds(id) => {
                let peer = &mut self.peers[id as usize];
                if peer.has_server() {
                    peer.server_ended = true;
                    self.table.end(u64::from(id)).expect("open");
                }
            }
            Step::ServerDrops(id) => self.server_drops(id),
            Step::ClientResets(id) => self.client_resets(id),
            Step::GiveBack => self.give_back(),
            Step::Transfer => self.transfer(),
        }
    }

    fn client_sends(&mut self, id: u32, count: usize) {
        let peer = &mut self.peers[id as usize];
        let count = count.min(peer.credit.left()).min(MAX_PAYLOAD);
        if peer.client_ended || peer.is_over || count == 0 {
            return;
        }
        let bytes = bytes_from(peer.client_sent.len(), count);
        peer.credit.spend(count);
        peer.client_sent.extend_from_slice(&bytes);
        self.table
            .take(Frame::Data(id, &bytes))
            .expect("within credit");
    }

    fn client_reads(&mut self, id: u32, count: usize) {
        let peer = &mut self.peers[id as usize];
        let count = count.min(peer.to_client.len());
        peer.client_read.extend(peer.to_client.drain(..count));
        peer.window.take(count);
        if let Some(granted) = peer.window.grant(&mut self.pool) {
            self.table
                .take(Frame::Credit(id, granted))
                .expect("a window's credit");
        }
    }

    fn server_reads(&mut self, id: u32, count: usize) {
        let peer = &mut self.peers[id as usize];
        if peer.has_server()
            && let Some(bytes) = read(&mut self.table, u64::from(id), count)
        {
            peer.server_read.extend(bytes.expect("open"));
        }
    }

    fn server_writes(&mut self, id: u32, count: usize) {
        let peer = &mut self.peers[id as usize];
        if peer.server_ended || !peer.has_server() {
            return;
        }
        let bytes = bytes_from(peer.server_wrote.len(), count);
        let count = write(&mut self.table, u64::from(id), &bytes);
        peer.server_wrote.extend_from_slice(&bytes[..count]);
    }

    fn server_drops(&mut self, id: u32) {
        let peer = &mut self.peers[id as usize];
        if !std::mem::replace(&mut peer.is_dropped, true) {
            self.table.close(u64::from(id));
        }
    }

    fn client_resets(&mut self, id: u32) {
        let peer = &mut self.peers[id as usize];
        let has_ended = peer.client_ended && peer.server_ended;
        if !has_ended && !std::mem::replace(&mut peer.is_over, true) {
            peer.window.end(&mut self.pool);
            peer.to_client.clear();
            self.table.take(Frame::Reset(id)).expect("a reset");
        }
    }

    fn give_back(&mut self) {
        for id in 1..=PEERS {
            let peer = &mut self.peers[id as usize];
            peer.window.give_back(&mut self.pool);
            if !peer.client_ended
                && !peer.is_over
                && let Some(returned) = peer.credit.give_back()
            {
                let taken = self.table.take(Frame::Return(id, returned));
                taken.expect("its credit");
            }
        }
        self.table.give_back_at = Some(Instant::now());
        self.table.give_back();
    }

    /// One write to the relay.
    fn transfer(&mut self) {
        let mut out = Vec::new();
        self.table.fill(&mut out);
        let mut decoder = Decoder::default();
        decoder.push(&out);
        while let Some(frame) = decoder.next().expect("frames") {
            match frame {
                // credrun did not know yet that it is over.
                Frame::Data(id, _) | Frame::Credit(id, _) | Frame::Return(id, _)
                    if self.peers[id as usize].is_over => {}
                Frame::Data(id, bytes) => {
                    let peer = &mut self.peers[id as usize];
                    peer.window.receive(bytes.len()).expect("within credit");
                    peer.to_client.extend_from_slice(bytes);
                }
                Frame::Credit(id, granted) => {
                    let peer = &mut self.peers[id as usize];
                    peer.credit.add(granted).expect("a window's credit");
                }
                Frame::Return(id, returned) => {
                    let peer = &mut self.peers[id as usize];
                    let taken = peer.window.take_back(returned, &mut self.pool);
                    taken.expect("its credit");
                }
                Frame::End(id) => {
                    let peer = &mut self.peers[id as usize];
                    peer.window.close(&mut self.pool);
                    assert!(peer.server_ended);
                }
                Frame::Close(id) => {
                    let peer = &mut self.peers[id as usize];
                    peer.window.close(&mut self.pool);
                    peer.is_over = true;
                    assert!(peer.is_dropped);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Nothing is lost, swapped, or more than a window.
    fn check(&self) {
        for peer in &self.peers {
            assert!(peer.client_sent.starts_with(&peer.server_read));
            assert!(peer.server_wrote.starts_with(&peer.client_read));
            assert!(peer.to_client.len() <= CEILING);
        }
        let relay: usize = self.peers[1..].iter().map(|peer| grown(peer.window)).sum();
        assert_eq!(self.pool, Pool::new(POOL_OF_RELAY - relay));
        let table: usize = self
            .table
            .connections
            .values()
            .map(|one| grown(one.window))
            .sum();
        assert_eq!(self.table.pool, Pool::new(POOL - table));
        for one in self.table.connections.values() {
            assert!(one.incoming.len() <= one.window.size());
            assert!(one.window.size() <= CEILING);
            assert!(one.incoming.capacity() <= 2 * one.window.size().max(FLOOR));
        }
    }

    /// Everyone reads until nothing is under way.
    fn finish(&mut self) {
        for _ in 0..200 {
            for id in 1..=PEERS {
                self.transfer();
                self.server_reads(id, CEILING);
                self.client_reads(id, CEILING);
            }
        }
        for peer in self.peers.iter().filter(|peer| peer.has_server()) {
            assert_eq!(peer.client_sent.len(), peer.server_read.len());
            assert_eq!(peer.server_wrote.len(), peer.client_read.len());
        }
    }
}

proptest! {
    #[test]
    fn bytes_arrive_whole_and_in_order_and_nobody_waits_forever(
        steps in prop::collection::vec(any_step(), 0..200),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
            world.check();
        }
        world.finish();
        // What nobody needs any more is there for others.
        for _ in 0..3 {
            world.give_back();
            world.transfer();
        }
        prop_assert_eq!(world.pool, Pool::new(POOL_OF_RELAY));
        prop_assert_eq!(world.table.pool, Pool::new(POOL));
        // Whoever has read everything is granted more: each open half can go on.
        for id in 1..=PEERS {
            let peer = &world.peers[id as usize];
            if !peer.has_server() {
                continue;
            }
            prop_assert!(peer.client_ended || peer.credit.left() > FLOOR / 2);
            if !peer.server_ended {
                let number = u64::from(id);
                prop_assert!(write(&mut world.table, number, b"more") > 0);
            }
        }
    }
}
