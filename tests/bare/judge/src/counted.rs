//! An allocator that counts what another one hands out.

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts the bytes that are allocated, and the most that ever were.
pub struct Counted<A> {
    inner: A,
    now: AtomicUsize,
    peak: AtomicUsize,
}

impl<A> Counted<A> {
    /// Counts what `inner` hands out.
    pub const fn new(inner: A) -> Self {
        Counted { inner, now: AtomicUsize::new(0), peak: AtomicUsize::new(0) }
    }

    /// The allocator itself.
    pub fn inner(&self) -> &A {
        &self.inner
    }

    /// Bytes that are allocated now.
    pub fn now(&self) -> usize {
        self.now.load(Relaxed)
    }

    /// The most bytes that were allocated since `start`.
    pub fn peak(&self) -> usize {
        self.peak.load(Relaxed)
    }

    /// Begins a measurement: the peak is what is allocated now.
    pub fn start(&self) -> usize {
        self.peak.store(self.now(), Relaxed);
        self.now()
    }
}

// A block that grows is moved (the default of `realloc`), so both counts are of a simple allocator.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counted<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = unsafe { self.inner.alloc(layout) };
        if !block.is_null() {
            let now = self.now.fetch_add(layout.size(), Relaxed) + layout.size();
            self.peak.fetch_max(now, Relaxed);
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Relaxed);
        unsafe { self.inner.dealloc(block, layout) }
    }
}
