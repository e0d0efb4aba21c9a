//! The text in `data/tables.bin`, which `scripts/iam/generate.py` makes. It is deflated in blocks, so
//! that a call costs only the block of its service. A block is inflated once, when it is first read.

use std::sync::{LazyLock, OnceLock};

use miniz_oxide::inflate::decompress_to_vec_with_limit;

static FILE: &[u8] = include_bytes!("data/tables.bin");
static BLOCKS: LazyLock<Vec<Block>> = LazyLock::new(blocks);

/// The file is a part of the program, and a test reads all of it.
const SOUND: &str = "tables.bin is as generate.py wrote it";

struct Block {
    deflated: &'static [u8],
    length: usize,
    text: OnceLock<String>,
}

impl Block {
    fn text(&'static self) -> &'static str {
        self.text.get_or_init(|| {
            let bytes = decompress_to_vec_with_limit(self.deflated, self.length).expect(SOUND);
            String::from_utf8(bytes).expect(SOUND)
        })
    }
}

fn blocks() -> Vec<Block> {
    let (numbers, _) = FILE.as_chunks::<4>();
    let number = |index: usize| u32::from_le_bytes(numbers[index]) as usize;
    let count = number(0);
    let mut rest = &FILE[4 + 8 * count..];
    let mut blocks = Vec::with_capacity(count);
    for block in 0..count {
        let (deflated, after) = rest.split_at(number(1 + 2 * block));
        blocks.push(Block {
            deflated,
            length: number(2 + 2 * block),
            text: OnceLock::new(),
        });
        rest = after;
    }
    blocks
}

/// Where a text is: a block, an offset and a length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    block: usize,
    offset: usize,
    length: usize,
}

impl Place {
    /// From the last three words of a line.
    pub(super) fn of(words: &mut std::str::Split<'_, char>) -> Self {
        let mut number = || {
            words
                .next()
                .and_then(|word| word.parse().ok())
                .expect(SOUND)
        };
        Self {
            block: number(),
            offset: number(),
            length: number(),
        }
    }

    pub(super) fn text(self) -> &'static str {
        &BLOCKS[self.block].text()[self.offset..self.offset + self.length]
    }
}

/// The lists of block 0, which say what is where.
#[derive(Debug, Clone, Copy)]
pub(super) enum List {
    Modules,
    Services,
    Partitions,
    Hosts,
    Verbs,
}

/// The lines of a list.
pub(super) fn list(list: List) -> std::str::Lines<'static> {
    static LISTS: LazyLock<Vec<&str>> = LazyLock::new(|| BLOCKS[0].text().split("\n\n").collect());
    LISTS[list as usize].lines()
}

/// The next word of a line.
pub(super) fn word(words: &mut std::str::Split<'static, char>) -> &'static str {
    words.next().expect(SOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_inflates_to_the_length_that_it_says() {
        for block in BLOCKS.iter() {
            assert_eq!(block.text().len(), block.length);
        }
    }

    #[test]
    fn the_tables_take_less_than_450_kilobytes_of_the_program() {
        assert!(FILE.len() < 450 * 1024, "{}", FILE.len());
    }
}
