//! The allocator that wipes memory before it gives it back, so that no copy of a secret survives in a buffer that some
//! library freed or outgrew (M01).
//!
//! The program's first small blocks come from a piece of memory of its own ([`arena`]): handing out a cached token needs
//! no more than that, and the system's allocator would take nine mappings to begin.
#![allow(unsafe_code, reason = "an allocator cannot be written otherwise")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::{ptr, slice};

mod arena;

use arena::Arena;

/// The allocator of the program, for `#[global_allocator]`:
/// `static ALLOCATOR: WipingAllocator = WipingAllocator::system();`
#[derive(Debug, Default)]
pub struct WipingAllocator<A = System> {
    first: Arena,
    then: A,
}

impl WipingAllocator {
    /// The arena, then the system's allocator.
    #[must_use]
    pub const fn system() -> Self {
        Self { first: Arena::new(), then: System }
    }
}

// SAFETY: every block comes from and goes back to one of the two, with the layout it was asked for; which of them it came
// from is told by its address. `realloc` is the trait's own: a new block, a copy, then `dealloc` of the old one, which
// wipes it. The inner allocator's `realloc` is not used even for shrinking, because it may move the block and free the old
// one as it is (musl does).
unsafe impl<A: GlobalAlloc> GlobalAlloc for WipingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the inner allocator's.
        self.first.take(layout).map_or_else(|| unsafe { self.then.alloc(layout) }, NonNull::as_ptr)
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above; the arena's blocks are zero.
        self.first.take(layout).map_or_else(|| unsafe { self.then.alloc_zeroed(layout) }, NonNull::as_ptr)
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller owns `layout.size()` bytes at `block` until this function returns, and then the allocator does
        // that they came from.
        unsafe {
            wipe(block, layout.size());
            if !self.first.give_back(block, layout) {
                self.then.dealloc(block, layout);
            }
        }
    }
}

/// Overwrites memory that is about to be freed. A plain store to such memory may be left out by the compiler; the
/// barrier makes it look read.
///
/// # Safety
/// `len` bytes at `block` belong to the caller, initialised or not.
#[inline]
unsafe fn wipe(block: *mut u8, len: usize) {
    // SAFETY: the caller owns these bytes; as `MaybeUninit` they may be looked at even if nobody ever set them.
    unsafe {
        ptr::write_bytes(block, 0, len);
        zeroize::optimization_barrier(slice::from_raw_parts(block.cast::<MaybeUninit<u8>>(), len));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Looks at each block when it comes back.
    #[derive(Default)]
    struct Inspector {
        freed: Cell<usize>,
        dirty: Cell<usize>,
    }

    // SAFETY: passes everything on to the system's allocator; what it looks at was initialised by the tests.
    unsafe impl GlobalAlloc for Inspector {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: passed on.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: passed on; the tests fill each block.
            unsafe {
                let bytes = slice::from_raw_parts(block, layout.size());
                self.freed.set(self.freed.get() + 1);
                self.dirty.set(self.dirty.get() + bytes.iter().filter(|byte| **byte != 0).count());
                System.dealloc(block, layout);
            }
        }
    }

    #[test] // M01
    fn a_freed_block_is_wiped() {
        let allocator = WipingAllocator { first: Arena::full(), then: Inspector::default() };
        let layout = Layout::from_size_align(1000, 8).unwrap();
        // SAFETY: allocated, filled and freed with one layout.
        unsafe {
            let block = allocator.alloc(layout);
            ptr::write_bytes(block, 0xaa, 1000);
            allocator.dealloc(block, layout);
        }
        assert_eq!((allocator.then.freed.get(), allocator.then.dirty.get()), (1, 0));
    }

    #[test] // M01
    fn a_resized_block_is_kept_and_the_old_one_wiped() {
        let allocator = WipingAllocator { first: Arena::full(), then: Inspector::default() };
        for (from, to) in [(100, 5000), (5000, 100)] {
            let old = Layout::from_size_align(from, 1).unwrap();
            // SAFETY: each call is given the layout that the block has.
            unsafe {
                let block = allocator.alloc(old);
                ptr::write_bytes(block, 0xaa, from);
                let block = allocator.realloc(block, old, to);
                assert!(slice::from_raw_parts(block, from.min(to)).iter().all(|byte| *byte == 0xaa));
                ptr::write_bytes(block, 0xaa, to);
                allocator.dealloc(block, Layout::from_size_align(to, 1).unwrap());
            }
        }
        assert_eq!((allocator.then.freed.get(), allocator.then.dirty.get()), (4, 0));
    }
    #[test] // M01
    fn a_block_of_the_arena_is_wiped_and_never_the_systems() {
        let allocator = WipingAllocator { first: Arena::new(), then: Inspector::default() };
        let layout = Layout::from_size_align(1000, 8).unwrap();
        // SAFETY: each block is given back with the layout that it was taken with.
        unsafe {
            let block = allocator.alloc(layout);
            ptr::write_bytes(block, 0xaa, 1000);
            allocator.dealloc(block, layout);
            let again = allocator.alloc_zeroed(layout);
            assert_eq!(again, block);
            assert!(slice::from_raw_parts(again, 1000).iter().all(|byte| *byte == 0));
            allocator.dealloc(again, layout);
        }
        assert_eq!(allocator.then.freed.get(), 0);
    }
}
