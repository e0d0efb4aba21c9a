//! The Engine's framing of stdout and stderr on one connection.
//!
//! Without a terminal, a header of 8 bytes precedes each piece of output: stream (0 stdin, 1
//! stdout, 2 stderr, 3 an Engine error), three zeros, and the length, big-endian (Engine API, `POST
//! /containers/{id}/attach`, "Stream format").

use std::io::{self, IoSlice};

const HEADER: usize = 8;
/// The longest part of an Engine error message that is kept.
const MAX_ERROR: usize = 16 * 1024;
/// The most pieces that one call writes.
const BATCH: usize = 64;

/// Where a piece of output belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Stdout,
    Stderr,
}

pub(crate) trait Sink {
    /// Writes all of `pieces`.
    ///
    /// # Errors
    /// What the operating system says.
    fn write(&mut self, target: Target, pieces: &mut [IoSlice<'_>]) -> io::Result<()>;
}

/// Keeps output for a caller that examines it.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    /// Standard output so far.
    pub stdout: Vec<u8>,
    /// Standard error so far.
    pub stderr: Vec<u8>,
}

impl Sink for Collector {
    fn write(&mut self, target: Target, pieces: &mut [IoSlice<'_>]) -> io::Result<()> {
        let to = match target {
            Target::Stdout => &mut self.stdout,
            Target::Stderr => &mut self.stderr,
        };
        pieces.iter().for_each(|piece| to.extend_from_slice(piece));
        Ok(())
    }
}

/// Why demultiplexing ended early.
#[derive(Debug, thiserror::Error)]
pub enum DemultiplexError {
    /// The output could not be written.
    #[error("cannot write to {}", match target { Target::Stdout => "stdout", Target::Stderr => "stderr" })]
    Write {
        target: Target,
        #[source]
        source: io::Error,
    },
    /// The Engine sent an error in the stream.
    #[error("the Docker Engine ended the stream: {0}")]
    Engine(String),
    /// The header is invalid.
    #[error("the Docker Engine sent an unknown stream number {0}")]
    UnknownStream(u8),
}

/// Takes the stream apart; pieces and headers may be split anywhere.
#[derive(Debug, Default)]
pub(crate) struct Demultiplexer {
    header: [u8; HEADER],
    header_length: usize,
    piece: Option<Piece>,
    engine_error: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    kind: Kind,
    left: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Output(Target),
    EngineError,
}

impl Demultiplexer {
    /// Passes on the next `bytes` of the stream. Neighbouring pieces for one target are written in
    /// one call.
    ///
    /// # Errors
    /// [`DemultiplexError`]; the stream cannot be read any further.
    pub(crate) fn pass(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl Sink,
    ) -> Result<(), DemultiplexError> {
        let mut batch: Vec<IoSlice<'_>> = Vec::with_capacity(BATCH);
        let mut batch_target = Target::Stdout;
        while !bytes.is_empty() {
            let Some(mut piece) = self.piece else {
                bytes = self.read_header(bytes)?;
                continue;
            };
            let (data, rest) = bytes.split_at(piece.left.min(bytes.len()));
            bytes = rest;
            piece.left -= data.len();
            self.piece = (piece.left > 0).then_some(piece);
            match piece.kind {
                Kind::EngineError => self.engine_error(data)?,
                Kind::Output(target) => {
                    if target != batch_target || batch.len() == BATCH {
                        flush(batch_target, &mut batch, sink)?;
                        batch_target = target;
                    }
                    batch.push(IoSlice::new(data));
                }
            }
        }
        flush(batch_target, &mut batch, sink)
    }

    /// Reads as much of a header as has arrived, and returns the rest.
    fn read_header<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], DemultiplexError> {
        let missing = HEADER - self.header_length;
        let (part, rest) = bytes.split_at(missing.min(bytes.len()));
        self.header[self.header_length..self.header_length + part.len()].copy_from_slice(part);
        self.header_length += part.len();
        if self.header_length == HEADER {
            self.header_length = 0;
            let [stream, _, _, _, length @ ..] = self.header;
            let kind = match stream {
                // The Engine sends nothing as stream 0, but docker's client treats it as output.
                0 | 1 => Kind::Output(Target::Stdout),
                2 => Kind::Output(Target::Stderr),
                3 => Kind::EngineError,
                other => return Err(DemultiplexError::UnknownStream(other)),
            };
            let left = u32::from_be_bytes(length) as usize;
            self.piece = (left > 0).then_some(Piece { kind, left });
        }
        Ok(rest)
    }

    fn engine_error(&mut self, data: &[u8]) -> Result<(), DemultiplexError> {
        let room = MAX_ERROR.saturating_sub(self.engine_error.len());
        self.engine_error
            .extend_from_slice(&data[..data.len().min(room)]);
        if self.piece.is_some() {
            return Ok(());
        }
        let message = String::from_utf8_lossy(&self.engine_error)
            .trim()
            .to_owned();
        Err(DemultiplexError::Engine(message))
    }
}

fn flush(
    target: Target,
    batch: &mut Vec<IoSlice<'_>>,
    sink: &mut impl Sink,
) -> Result<(), DemultiplexError> {
    if batch.is_empty() {
        return Ok(());
    }
    sink.write(target, batch)
        .map_err(|source| DemultiplexError::Write { target, source })?;
    batch.clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(stream: u8, data: &[u8]) -> Vec<u8> {
        let mut frame = vec![stream, 0, 0, 0];
        frame.extend_from_slice(&(data.len() as u32).to_be_bytes());
        frame.extend_from_slice(data);
        frame
    }

    proptest! {
        #[test]
        fn output_is_the_same_wherever_the_stream_is_cut(
            pieces in prop::collection::vec((1u8..=2, prop::collection::vec(any::<u8>(), 0..40)), 0..90),
            cut in 1usize..50,
        ) {
            let stream: Vec<u8> = pieces.iter().flat_map(|(to, data)| frame(*to, data)).collect();
            let of = |wanted: u8| -> Vec<u8> {
                pieces.iter().filter(|(to, _)| *to == wanted).flat_map(|(_, data)| data.clone()).collect()
            };
            let mut demultiplexer = Demultiplexer::default();
            let mut collected = Collector::default();
            for chunk in stream.chunks(cut) {
                demultiplexer.pass(chunk, &mut collected).unwrap();
            }
            prop_assert_eq!(collected.stdout, of(1));
            prop_assert_eq!(collected.stderr, of(2));
        }
    }

    #[test]
    fn an_error_of_the_engines_is_reported_and_not_printed() {
        let mut collected = Collector::default();
        let stream = [frame(1, b"out"), frame(3, b"log driver died\n")].concat();
        let error = Demultiplexer::default()
            .pass(&stream, &mut collected)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the Docker Engine ended the stream: log driver died"
        );
    }

    #[test]
    fn an_unknown_stream_number_ends_the_stream() {
        let error = Demultiplexer::default()
            .pass(&frame(9, b"x"), &mut Collector::default())
            .unwrap_err();
        assert!(matches!(error, DemultiplexError::UnknownStream(9)));
    }
}
