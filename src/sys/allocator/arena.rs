//! A piece of memory in the program itself, which the first blocks are cut from.
#![allow(unsafe_code, reason = "memory is handed out")]

use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// What a cached token takes, twice over; the pages that nothing is cut from cost nothing.
const SIZE: usize = 16 * 1024;

/// Larger blocks are the system's, so that one large token does not use it all up.
const LARGEST: usize = SIZE / 4;

/// Blocks are cut from it in order. A block that is given back can be had again only if it was the last one: this is
/// for a short life.
#[derive(Debug)]
pub(super) struct Arena {
    used: AtomicUsize,
    memory: UnsafeCell<Aligned>,
}

#[repr(align(64))]
#[derive(Debug)]
struct Aligned {
    _bytes: [MaybeUninit<u8>; SIZE],
}

// SAFETY: each byte of it belongs to the one caller who was given it by `take`; `used` alone says which are free.
unsafe impl Sync for Arena {}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Arena {
    pub(super) const fn new() -> Self {
        Self { used: AtomicUsize::new(0), memory: UnsafeCell::new(Aligned { _bytes: [MaybeUninit::zeroed(); SIZE] }) }
    }

    /// One without room.
    #[cfg(test)]
    pub(super) const fn full() -> Self {
        Self { used: AtomicUsize::new(SIZE), ..Self::new() }
    }

    /// A block of zeros; `None` where there is no room for it.
    #[inline]
    pub(super) fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() > LARGEST || layout.align() > align_of::<Aligned>() {
            return None;
        }
        let place = |used: usize| used.next_multiple_of(layout.align());
        let after = |used| Some(place(used) + layout.size()).filter(|end| *end <= SIZE);
        // Whoever gave them back wrote zeros before: that is over before we write.
        let used = self.used.fetch_update(Acquire, Acquire, after).ok()?;
        // SAFETY: within the memory, by `after`.
        NonNull::new(unsafe { self.start().add(place(used)) })
    }

    /// Takes a block back, which is all zeros again; `false` if it is none of these.
    ///
    /// # Safety
    /// If it is one, it was taken with this layout, and nobody uses it any more.
    #[inline]
    pub(super) unsafe fn give_back(&self, block: *mut u8, layout: Layout) -> bool {
        let offset = block.addr().wrapping_sub(self.start().addr());
        if offset >= SIZE {
            return false;
        }
        // Only the last one makes room.
        let _ = self.used.compare_exchange(offset + layout.size(), offset, Release, Relaxed);
        true
    }

    fn start(&self) -> *mut u8 {
        self.memory.get().cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn blocks_lie_apart_and_aligned() {
        let arena = Arena::new();
        let mut end = 0;
        for (size, align) in [(1, 1), (7, 8), (100, 64), (0, 1), (3, 2), (LARGEST, 16)] {
            let block = arena.take(layout(size, align)).unwrap().as_ptr();
            assert!(block.addr() >= end && block.addr().is_multiple_of(align));
            end = block.addr() + size;
        }
        assert!(end <= arena.start().addr() + SIZE);
    }

    #[test]
    fn what_does_not_fit_is_left_to_others() {
        let arena = Arena::new();
        assert!(arena.take(layout(LARGEST + 1, 1)).is_none());
        assert!(arena.take(layout(1, 128)).is_none());
        for _ in 0..SIZE / LARGEST {
            assert!(arena.take(layout(LARGEST, 1)).is_some());
        }
        assert!(arena.take(layout(1, 1)).is_none());
        let mut others = 0_u8;
        // SAFETY: it is not of the arena.
        assert!(unsafe { !arena.give_back(&raw mut others, layout(1, 1)) });
    }

    #[test]
    fn the_last_block_can_be_had_again_and_no_other() {
        let arena = Arena::new();
        let (first, last) = (arena.take(layout(10, 1)).unwrap(), arena.take(layout(20, 1)).unwrap());
        // SAFETY: taken above, with these layouts, and not used.
        unsafe {
            assert!(arena.give_back(first.as_ptr(), layout(10, 1)));
            assert!(arena.take(layout(10, 1)).unwrap() > last);
            let last = arena.take(layout(5, 1)).unwrap();
            assert!(arena.give_back(last.as_ptr(), layout(5, 1)));
            assert_eq!(arena.take(layout(30, 1)), Some(last));
        }
    }

    #[test]
    fn threads_share_it() {
        let arena = Arena::new();
        let take = || (0..100).filter_map(|_| arena.take(layout(16, 8))).map(|block| block.addr()).collect::<Vec<_>>();
        let mut all: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 400);
    }
}
