//! Threads in place of processes.

use data::{Ranks, Result};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread;

/// A thread that stands for a process.
#[derive(Debug)]
pub struct ThreadRank {
    rank: usize,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    barrier: Barrier,
    messages: Mutex<Vec<Vec<u8>>>,
}

/// Runs `body` on so many threads, each a rank, and gives what each returns. All have to make the same calls, as the processes of a job
/// do: one that ends before the others, by a panic, leaves them waiting.
pub fn threads<R: Send>(size: usize, body: impl Fn(&ThreadRank) -> R + Sync) -> Vec<R> {
    let size = size.max(1);
    let shared = Arc::new(Shared { barrier: Barrier::new(size), messages: Mutex::new(vec![Vec::new(); size]) });
    let mut results: Vec<Option<R>> = (0..size).map(|_| None).collect();
    thread::scope(|scope| {
        for (rank, result) in results.iter_mut().enumerate() {
            let (own, body) = (ThreadRank { rank, shared: shared.clone() }, &body);
            scope.spawn(move || *result = Some(body(&own)));
        }
    });
    results.into_iter().flatten().collect()
}

impl Ranks for ThreadRank {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.shared.messages.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
        let messages = || self.shared.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = messages().get_mut(self.rank) {
            *own = bytes.to_vec();
        }
        self.shared.barrier.wait();
        let all = messages().clone();
        // Nobody writes the next before all have read.
        self.shared.barrier.wait();
        Ok(all)
    }
}
