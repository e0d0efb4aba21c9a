//! What is granted, kept and given back.

use super::*;

#[test]
fn a_window_takes_what_it_granted_and_no_more() {
    let mut window = Window::default();
    assert_eq!(window.receive(FLOOR), Ok(()));
    assert_eq!(window.receive(1), Err(Excess));
    window.take(FLOOR);
    assert_eq!(window.receive(1), Err(Excess));
    assert_eq!(window.grant(&mut Pool::new(0)), Some(FLOOR as u32));
    assert_eq!(window.receive(FLOOR), Ok(()));
}

#[test]
fn less_than_half_a_window_is_not_worth_a_frame() {
    let mut window = Window::default();
    let mut pool = Pool::new(CEILING);
    window.receive(FLOOR / 2).expect("credit");
    window.take(FLOOR / 2 - 1);
    assert_eq!(window.grant(&mut pool), None);
    window.take(1);
    assert_eq!(window.grant(&mut pool), Some(FLOOR as u32));
}

/// A connection whose sender always has more to say, and whose reader takes it at once.
#[derive(Default)]
struct Busy {
    window: Window,
    credit: Credit,
}

impl Busy {
    fn transfer(&mut self, pool: &mut Pool) {
        let all = self.credit.left();
        self.credit.spend(all);
        self.window.receive(all).expect("credit");
        self.window.take(all);
        if let Some(granted) = self.window.grant(pool) {
            self.credit.add(granted).expect("a window's credit");
        }
    }
}

#[test]
fn a_window_grows_to_the_ceiling_and_gives_back_what_it_grew_by() {
    let mut pool = Pool::new(2 * CEILING);
    let mut one = Busy::default();
    for _ in 0..100 {
        one.transfer(&mut pool);
    }
    assert_eq!((one.window.size(), one.credit.left()), (CEILING, CEILING));
    assert_eq!(pool, Pool::new(CEILING + FLOOR));
    one.window.end(&mut pool);
    assert_eq!(pool, Pool::new(2 * CEILING));
}

#[test]
fn windows_that_are_used_share_the_pool_with_those_that_come_later() {
    let mut pool = Pool::new(2 * CEILING);
    let mut all: Vec<Busy> = Vec::new();
    for count in [1, 2, 9] {
        all.resize_with(count, Busy::default);
        for _ in 0..100 {
            all.iter_mut().for_each(|one| one.transfer(&mut pool));
        }
        let fair = (FLOOR + 2 * CEILING / (count + 1)).min(CEILING);
        for one in &all {
            let size = one.window.size();
            assert!(
                size.abs_diff(fair) <= FLOOR,
                "{size} of {fair} with {count}"
            );
        }
    }
    all.iter_mut().for_each(|one| one.window.end(&mut pool));
    assert_eq!(pool, Pool::new(2 * CEILING));
}

/// As large as one becomes, in a pool of two large ones.
fn grown(pool: &mut Pool) -> Busy {
    let mut one = Busy::default();
    for _ in 0..100 {
        one.transfer(pool);
    }
    assert_eq!(one.window.size(), CEILING);
    one
}

#[test]
fn a_sender_that_is_silent_returns_what_it_has_beyond_the_floor() {
    let mut pool = Pool::new(2 * CEILING);
    let mut one = grown(&mut pool);
    // Some of it was taken, and not granted anew.
    one.credit.spend(100);
    one.window.receive(100).expect("credit");
    one.window.take(100);
    assert_eq!(one.credit.give_back(), None, "it has sent much");
    let returned = one.credit.give_back().expect("much");
    assert_eq!(one.credit.left(), FLOOR);
    assert_eq!(one.window.take_back(returned, &mut pool), Ok(()));
    assert_eq!(one.window.size(), FLOOR);
    assert_eq!(pool, Pool::new(2 * CEILING));
    assert_eq!(one.credit.give_back(), None);
}

#[test]
fn a_sender_keeps_twice_of_what_it_sends_in_a_second() {
    let mut credit = Credit::default();
    credit.add(500_000).expect("credit");
    credit.spend(100_000);
    assert_eq!(
        credit.give_back(),
        Some(500_000 + 16_384 - 100_000 - 200_000)
    );
    // An event each second does not need a large window.
    credit.spend(10);
    assert_eq!(credit.give_back(), Some(200_000 - 10 - 16_384));
    assert_eq!(credit.left(), FLOOR);
}

#[test]
fn more_than_is_open_beyond_the_floor_is_not_taken_back() {
    let mut pool = Pool::new(2 * CEILING);
    let mut window = Window::default();
    assert_eq!(window.take_back(1, &mut pool), Err(Excess));
    window.receive(FLOOR).expect("credit");
    window.take(FLOOR);
    assert_eq!(window.grant(&mut pool), Some(2 * FLOOR as u32));
    assert_eq!(window.take_back(FLOOR as u32, &mut pool), Ok(()));
    assert_eq!(pool, Pool::new(2 * CEILING));
    assert_eq!(window.take_back(u32::MAX, &mut pool), Err(Excess));
    assert_eq!(window.size(), FLOOR);
}

/// So an SDK's connection, between two answers that are smaller than a window.
#[test]
fn what_is_not_worth_a_frame_is_not_kept_from_others() {
    let mut pool = Pool::new(2 * CEILING);
    let mut window = Window::default();
    for _ in 0..2 {
        window.receive(FLOOR - 1000).expect("credit");
        window.take(FLOOR - 1000);
        window.grant(&mut pool);
    }
    assert!(window.keeps_from_others() && pool != Pool::new(2 * CEILING));
    window.give_back(&mut pool);
    assert!(window.keeps_from_others(), "much has just come");
    window.give_back(&mut pool);
    assert!(!window.keeps_from_others());
    assert_eq!(window.grant(&mut pool), None);
    assert!(window.open >= FLOOR / 2, "the sender may go on");
    window.end(&mut pool);
    assert_eq!(pool, Pool::new(2 * CEILING));
}

#[test]
fn what_a_sender_that_has_ended_could_still_send_is_for_others() {
    let mut pool = Pool::new(2 * CEILING);
    let mut window = grown(&mut pool).window;
    window.receive(FLOOR + 1000).expect("credit");
    window.close(&mut pool);
    assert_eq!(window.size(), FLOOR + 1000, "what is held");
    assert_eq!(pool, Pool::new(2 * CEILING - 1000));
    assert_eq!(window.receive(1), Err(Excess));
    window.take(1000);
    assert_eq!(window.grant(&mut pool), None);
    assert_eq!(pool, Pool::new(2 * CEILING));
    window.take(FLOOR);
    assert_eq!(window.grant(&mut pool), None);
    window.end(&mut pool);
    assert_eq!(pool, Pool::new(2 * CEILING));
}

#[test]
fn a_window_has_16_kib_at_first_and_1_mib_at_most() {
    let mut credit = Credit::default();
    assert_eq!(credit.left(), 16_384);
    assert_eq!(credit.add(1_048_576 - 16_384), Ok(()));
    assert_eq!(credit.left(), 1_048_576);
    assert_eq!(credit.add(1), Err(Excess));
}

#[test]
fn credit_beyond_the_largest_window_is_refused() {
    let mut credit = Credit::default();
    assert_eq!(credit.add((CEILING - FLOOR) as u32), Ok(()));
    assert_eq!(credit.add(1), Err(Excess));
    assert_eq!(credit.left(), CEILING);
}
