//! Threads in place of processes.

use data::{Error, Ranks, Result};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// A thread that stands for a process.
#[derive(Debug)]
pub struct ThreadRank {
    rank: usize,
    /// A channel to each, and from each.
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Receiver<Vec<u8>>>,
}

/// Runs `body` on so many threads, each a rank, and gives what each returns. All have to make the same calls, as the processes of a job
/// do: to wait for one that has ended is an error.
pub fn threads<R: Send>(size: usize, body: impl Fn(&ThreadRank) -> R + Sync) -> Vec<R> {
    let mut ranks: Vec<ThreadRank> =
        (0..size.max(1)).map(|rank| ThreadRank { rank, to: Vec::new(), from: Vec::new() }).collect();
    for sender in 0..ranks.len() {
        for receiver in 0..ranks.len() {
            let (to, from) = channel();
            ranks[sender].to.push(to);
            ranks[receiver].from.push(from);
        }
    }
    let body = &body;
    thread::scope(|scope| {
        let running: Vec<_> = ranks.into_iter().map(|rank| scope.spawn(move || body(&rank))).collect();
        let ended = running.into_iter().map(|thread| thread.join());
        ended.map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

impl Ranks for ThreadRank {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.to.len()
    }

    fn send(&self, to: usize, bytes: &[u8]) -> Result<()> {
        let sent = self.to.get(to).map(|channel| channel.send(bytes.to_vec()));
        if matches!(sent, Some(Ok(()))) { Ok(()) } else { Err(has_ended(to)) }
    }

    fn receive(&self, from: usize) -> Result<Vec<u8>> {
        let received = self.from.get(from).and_then(|channel| channel.recv().ok());
        received.ok_or_else(|| has_ended(from))
    }
}

fn has_ended(rank: usize) -> Error {
    Error::Rank { rank, reason: "it has ended, while others go on".into() }
}
