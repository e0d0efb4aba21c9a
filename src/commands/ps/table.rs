//! The containers as a table.

use std::time::SystemTime;

use super::shown::Shown;
use crate::credentials::{Span, iso8601};
use crate::engine::short_id;

/// The width that the narrow table keeps to, by showing less of the images' names. It can be
/// exceeded only by the names of containers, which people type.
const WIDTH: usize = 80;
/// No image's name is cut to less than this.
const LEAST_OF_AN_IMAGE: usize = 12;
const GAP: &str = "   ";

type Row<const N: usize> = [String; N];

/// What people look for.
pub(super) fn narrow(shown: &[Shown], now: SystemTime) -> String {
    let head = ["CONTAINER ID", "NAME", "IMAGE", "STATUS", "CREDENTIALS"];
    let mut rows = under(head, shown.iter().map(|one| narrow_row(one, now)));
    shorten_images(&mut rows);
    lines(&rows)
}

/// All that is known, with nothing cut off.
pub(super) fn whole(shown: &[Shown], now: SystemTime) -> String {
    let head = [
        "CONTAINER ID",
        "NAME",
        "IMAGE",
        "STATUS",
        "DELIVERY",
        "VALID UNTIL",
        "RELAY",
        "RENEWED BY",
    ];
    lines(&under(head, shown.iter().map(|one| whole_row(one, now))))
}

fn narrow_row(one: &Shown, now: SystemTime) -> Row<5> {
    let is_keyless = one.delivery == "keyless";
    let credentials = match one.valid_until {
        // Its calls go nowhere.
        _ if !one.is_renewed && is_keyless => "no access".to_owned(),
        _ if !one.is_renewed => "not renewed".to_owned(),
        Some(end) if !is_keyless || end <= now => left(end, now),
        // It has none whose end would matter to it.
        _ if is_keyless => "keyless".to_owned(),
        _ => unknown(),
    };
    let target = one.target;
    [
        short_id(&target.id),
        target.name.clone(),
        target.image.clone(),
        target.status.clone(),
        credentials,
    ]
}

fn whole_row(one: &Shown, now: SystemTime) -> Row<8> {
    let until = |end| format!("{} ({})", iso8601(end), left(end, now));
    let renewer = match &one.owner {
        _ if !one.is_renewed => "nobody".to_owned(),
        Some(owner) => format!("process {}", owner.describe()),
        None => unknown(),
    };
    let target = one.target;
    [
        target.id.clone(),
        target.name.clone(),
        target.image.clone(),
        target.status.clone(),
        one.delivery.to_owned(),
        one.valid_until.map_or_else(unknown, until),
        one.relay.map_or_else(unknown, |relay| relay.id.clone()),
        renewer,
    ]
}

fn unknown() -> String {
    "-".to_owned()
}

fn left(end: SystemTime, now: SystemTime) -> String {
    match end.duration_since(now) {
        Ok(left) if !left.is_zero() => format!("{} left", Span(left)),
        _ => "expired".to_owned(),
    }
}

fn under<const N: usize>(head: [&str; N], rows: impl Iterator<Item = Row<N>>) -> Vec<Row<N>> {
    std::iter::once(head.map(str::to_owned))
        .chain(rows)
        .collect()
}

fn widths<const N: usize>(rows: &[Row<N>]) -> [usize; N] {
    std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    })
}

fn shorten_images(rows: &mut [Row<5>]) {
    const IMAGE: usize = 2;
    let widths = widths(rows);
    let whole = widths.iter().sum::<usize>() + GAP.len() * (widths.len() - 1);
    let excess = whole.saturating_sub(WIDTH);
    let limit = widths[IMAGE].saturating_sub(excess).max(LEAST_OF_AN_IMAGE);
    for row in rows {
        row[IMAGE] = end_of(&row[IMAGE], limit);
    }
}

/// The last characters of an image's name: one image differs from another in repository and tag,
/// not in the registry.
fn end_of(image: &str, limit: usize) -> String {
    let length = image.chars().count();
    if length <= limit {
        return image.to_owned();
    }
    let kept = image.chars().skip(length + 1 - limit);
    std::iter::once('\u{2026}').chain(kept).collect()
}

fn lines<const N: usize>(rows: &[Row<N>]) -> String {
    let widths = widths(rows);
    let line = |row: &Row<N>| {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("{}\n", cells.join(GAP).trim_end())
    };
    rows.iter().map(line).collect()
}
