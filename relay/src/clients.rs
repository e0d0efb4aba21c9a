//! All connections, and whose turn it is.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::connection::{Connection, Received};
use crate::credit::{Excess, INTERVAL, Pool};
use crate::frame::{Frame, MAX_CONNECTIONS, MAX_PAYLOAD};
use crate::output::Output;
use crate::poll::{GONE, Interest, READ, WRITE};

/// How many bytes all windows may grow by. One alone may take half of them. With those and a thousand
/// windows of the smallest size, the relay keeps 18 MiB for clients that do not read; its container
/// has 64.
const POOL: usize = 2 * 1024 * 1024;

pub(crate) struct Clients {
    /// In the order in which they were accepted.
    connections: Vec<Connection>,
    pool: Pool,
    last_id: u32,
    /// Where the next round begins to read.
    turn: usize,
    /// When what is not needed was last given back.
    gave_back: Instant,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            connections: Vec::new(),
            pool: Pool::new(POOL),
            last_id: 0,
            turn: 0,
            gave_back: Instant::now(),
        }
    }
}

impl Clients {
    pub(crate) fn are_full(&self) -> bool {
        self.connections.len() >= MAX_CONNECTIONS
    }

    pub(crate) fn interests(&self, room: bool) -> impl Iterator<Item = Interest> {
        self.connections.iter().map(move |one| one.interest(room))
    }

    pub(crate) fn find(&mut self, id: u32) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|one| one.id == id)
    }

    /// What credrun says of one. An error is a frame that it must not send.
    pub(crate) fn take(&mut self, frame: Frame<'_>) -> Result<(), Excess> {
        let (Frame::Data(id, _)
        | Frame::End(id)
        | Frame::Credit(id, _)
        | Frame::Return(id, _)
        | Frame::Close(id)
        | Frame::Reset(id)) = frame
        else {
            return Err(Excess);
        };
        // credrun may not know yet that it is over.
        let Some(one) = self.connections.iter_mut().find(|one| one.id == id) else {
            return Ok(());
        };
        if one.is_closed() && !matches!(frame, Frame::Reset(_)) {
            // It is over for credrun.
            return Ok(());
        }
        match frame {
            Frame::Data(_, bytes) => one.send(bytes),
            Frame::End(_) => one.end(&mut self.pool),
            Frame::Credit(_, granted) => one.add_credit(granted),
            Frame::Return(_, returned) => one.take_back(returned, &mut self.pool),
            Frame::Close(_) => {
                one.close(&mut self.pool);
                Ok(())
            }
            _ => {
                one.forget();
                Ok(())
            }
        }
    }

    /// How long it may be until [`Clients::give_back`]; none where there is nothing to give back.
    pub(crate) fn give_back_within(&mut self) -> Option<Duration> {
        if self.connections.iter().any(Connection::keeps_from_others) {
            return Some(INTERVAL.saturating_sub(self.gave_back.elapsed()));
        }
        self.gave_back = Instant::now();
        None
    }

    /// Gives back what is not needed, once in each [`INTERVAL`]. For when clients can be read: else
    /// none of them is known to be silent.
    pub(crate) fn give_back(&mut self, output: &mut Output) {
        if self.gave_back.elapsed() < INTERVAL {
            return;
        }
        self.gave_back = Instant::now();
        for one in &mut self.connections {
            if let Some(returned) = one.give_back(&mut self.pool) {
                output.put(Frame::Return(one.id, returned));
            }
        }
    }

    pub(crate) fn add(&mut self, socket: TcpStream, output: &mut Output) {
        // After four billion connections the numbers come again.
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            if self.find(self.last_id).is_none() {
                break;
            }
        }
        if let Ok(one) = Connection::new(self.last_id, socket) {
            output.put(Frame::Open(one.id));
            self.connections.push(one);
        }
    }

    /// Sends what is pending, and passes on what clients sent: a frame of each, in turn, for as
    /// long as there is room. Returns whether it came to all.
    pub(crate) fn serve(
        &mut self,
        interests: &[Interest],
        buffer: &mut [u8],
        output: &mut Output,
    ) -> bool {
        let count = interests.len();
        for (one, interest) in self.connections.iter_mut().zip(interests) {
            if interest.came(WRITE) {
                one.flush();
            }
        }
        for step in 0..count {
            let index = (self.turn + step) % count;
            let (one, interest) = (&mut self.connections[index], &interests[index]);
            if interest.came(READ) {
                if !output.has_room() {
                    self.turn = index;
                    return false;
                }
                pass_on(one, &mut buffer[..MAX_PAYLOAD], output);
            } else if interest.came(GONE) {
                one.fail();
            }
        }
        true
    }

    /// Grants credrun what clients have taken, and forgets what is over.
    pub(crate) fn settle(&mut self, output: &mut Output) {
        let pool = &mut self.pool;
        self.connections.retain_mut(|one| {
            if one.is_over() {
                if one.is_unknown_to_be_over() {
                    output.put(Frame::Reset(one.id));
                }
                one.leave(pool);
                return false;
            }
            if let Some(granted) = one.grant(pool) {
                output.put(Frame::Credit(one.id, granted));
            }
            true
        });
    }

    /// Whether one is only there because its client does not read.
    pub(crate) fn has_closed_one(&self) -> bool {
        self.connections.iter().any(Connection::is_closed)
    }

    /// Makes a place: the oldest connection goes that credrun is done with, and whose client does
    /// not read. Returns whether there was one.
    pub(crate) fn drop_closed_one(&mut self) -> bool {
        let Some(index) = self.connections.iter().position(Connection::is_closed) else {
            return false;
        };
        self.connections.remove(index).leave(&mut self.pool);
        true
    }
}

fn pass_on(one: &mut Connection, buffer: &mut [u8], output: &mut Output) {
    match one.receive(buffer) {
        Received::Bytes(count) => output.put(Frame::Data(one.id, &buffer[..count])),
        Received::End => output.put(Frame::End(one.id)),
        Received::Nothing => {}
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::os::fd::OwnedFd;

    use super::*;
    use crate::credit::FLOOR;

    /// What is written nowhere.
    fn no_output() -> Output {
        let file = std::fs::File::open("/dev/null").expect("a file");
        Output::new(OwnedFd::from(file)).expect("a mode")
    }

    /// A client that does not read, and whose kernel takes no more for it.
    fn connect(listener: &TcpListener) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(listener.local_addr().expect("a port"));
        let (mut socket, _) = listener.accept().expect("a client");
        socket.set_nonblocking(true).expect("a mode");
        while socket.write(&[0; FLOOR]).is_ok() {}
        (client.expect("a connection"), socket)
    }

    #[test]
    fn a_closed_connection_makes_place_and_no_other_does() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut output = no_output();
        let mut clients = Clients::default();
        let mut unread = Vec::new();
        for id in 1..=3 {
            let (client, socket) = connect(&listener);
            unread.push(client);
            clients.add(socket, &mut output);
            let one = clients.find(id).expect("it was added");
            assert_eq!(one.send(&[1; FLOOR]), Ok(()));
            assert!(one.send(&[1]).is_err(), "beyond its window");
        }
        assert!(!clients.drop_closed_one());
        assert_eq!(clients.take(Frame::Close(2)), Ok(()));
        clients.settle(&mut output);
        // Its client may yet read.
        assert!(clients.find(2).is_some() && clients.has_closed_one());
        assert!(clients.drop_closed_one());
        assert!(clients.find(2).is_none() && !clients.has_closed_one());
        assert!(clients.find(1).is_some() && clients.find(3).is_some());
    }

    #[test]
    fn a_window_that_grew_is_given_back_when_its_connection_is_over() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut output = no_output();
        let mut clients = Clients::default();
        for id in [1, 2] {
            let client = TcpStream::connect(listener.local_addr().expect("a port"));
            let _client = client.expect("a connection");
            let (socket, _) = listener.accept().expect("a client");
            clients.add(socket, &mut output);
            let one = clients.find(id).expect("it was added");
            // The kernel takes it for the client.
            assert_eq!(one.send(&[1; FLOOR]), Ok(()));
            clients.settle(&mut output);
            assert_ne!(clients.pool, Pool::new(POOL));
            let one = clients.find(id).expect("it is there");
            if id == 1 {
                one.forget();
                clients.settle(&mut output);
            } else {
                assert_eq!(clients.take(Frame::Close(id)), Ok(()));
                assert!(clients.drop_closed_one());
            }
            assert_eq!(clients.pool, Pool::new(POOL));
        }
    }
}
