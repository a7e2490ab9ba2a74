//! Open files cross a link with the messages they belong to, and none is left behind.

#![expect(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use bytes::Bytes;
use rustix::fs::MemfdFlags;
use rustix::io::FdFlags;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use std::fs::File;
use std::io::{IoSlice, Read, Seek, SeekFrom, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use support::{LIMIT_BYTES, Make, Note, body, ends, spawn};
use tractor_protocol::peer::PeerMessage;
use tractor_transport::{Link, ReceiveError, Received, Receiver, SendError, Sender, pair};

on_both!(
    files_arrive_in_order_with_their_messages,
    files_of_unread_messages_are_closed,
    files_of_a_queue_that_is_dropped_are_closed,
    files_that_do_not_fit_the_message_are_refused_by_the_sender,
);

/// Makes open files, and knows its own again.
struct Maker(String);

impl Maker {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self(format!("test-{}.", NEXT.fetch_add(1, Relaxed)))
    }

    fn file(&self, text: &str) -> OwnedFd {
        let file = rustix::fs::memfd_create(&self.0, MemfdFlags::CLOEXEC).unwrap();
        let mut file = File::from(file);
        file.write_all(text.as_bytes()).unwrap();
        file.into()
    }

    /// How many of them this process has open, wherever.
    fn open_files(&self) -> usize {
        std::fs::read_dir("/proc/self/fd")
            .unwrap()
            .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
            .filter(|target| target.to_string_lossy().contains(&self.0))
            .count()
    }

    fn push(&self, sender: &Sender<Note>, number: u32, files: u8, bytes: usize) {
        let given = (0..files)
            .map(|index| self.file(&format!("{number}.{index}")))
            .collect();
        sender
            .push_with_files(&Note::Files(number, files), &body(bytes), given)
            .unwrap();
    }

    /// A peer that does as it likes: these bytes, with so many files.
    fn send_raw(&self, socket: &OwnedFd, bytes: &[u8], files: usize) {
        let files: Vec<_> = (0..files).map(|_| self.file("stray")).collect();
        let borrowed: Vec<_> = files.iter().map(AsFd::as_fd).collect();
        let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(100))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&borrowed)));
        let slices = [IoSlice::new(bytes)];
        rustix::net::sendmsg(socket, &slices, &mut control, SendFlags::empty()).unwrap();
    }
}

fn text(file: OwnedFd) -> String {
    let mut file = File::from(file);
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

fn check(received: Received<Note>, number: u32, files: u8, bytes: usize) {
    assert_eq!(received.frame.message, Note::Files(number, files));
    assert!(received.frame.body == body(bytes));
    assert_eq!(received.files.len(), usize::from(files));
    for (index, file) in received.files.into_iter().enumerate() {
        let flags = rustix::io::fcntl_getfd(&file).unwrap();
        assert!(flags.contains(FdFlags::CLOEXEC));
        assert_eq!(text(file), format!("{number}.{index}"));
    }
}

async fn files_arrive_in_order_with_their_messages(make: Make) {
    let maker = Maker::new();
    {
        let ((sender, _other), (_back, mut receiver)) = ends(make);
        let driver = spawn(sender.drive());
        let sizes = [0, 10, 20_000, 300_000];
        let rounds =
            || (0..200).map(|n| (n, (n % 4) as u8, sizes[n as usize % 3 + n as usize / 199]));
        for (number, files, bytes) in rounds() {
            maker.push(&sender, number, files, bytes);
        }
        for (number, files, bytes) in rounds() {
            let received = receiver.receive().await.unwrap().unwrap();
            check(received, number, files, bytes);
        }
        drop(sender);
        driver.await.unwrap().unwrap();
    }
    assert_eq!(maker.open_files(), 0);
}

async fn files_of_unread_messages_are_closed(make: Make) {
    let maker = Maker::new();
    {
        let ((sender, _other), (_back, mut receiver)) = ends(make);
        (0..10).for_each(|number| maker.push(&sender, number, 3, 10));
        sender.flush().await.unwrap();
        let received = receiver.receive().await.unwrap().unwrap();
        check(received, 0, 3, 10);
    }
    assert_eq!(maker.open_files(), 0);
}

async fn files_of_a_queue_that_is_dropped_are_closed(make: Make) {
    let maker = Maker::new();
    {
        let ((sender, _other), (_back, _receiver)) = ends(make);
        maker.push(&sender, 1, 0, 5 << 20);
        maker.push(&sender, 2, 3, 0);
        assert!(!sender.try_flush().unwrap());
    }
    assert_eq!(maker.open_files(), 0);
}

async fn files_that_do_not_fit_the_message_are_refused_by_the_sender(make: Make) {
    let maker = Maker::new();
    {
        let ((sender, _other), _end) = ends(make);
        let error = sender
            .push_with_files(&Note::Plain(1), &Bytes::new(), vec![maker.file("stray")])
            .unwrap_err();
        assert!(
            matches!(
                error,
                SendError::WrongFiles {
                    given: 1,
                    wanted: 0
                }
            ),
            "{error:?}"
        );
        let error = sender.push(&Note::Files(1, 2), &Bytes::new()).unwrap_err();
        assert!(
            matches!(
                error,
                SendError::WrongFiles {
                    given: 0,
                    wanted: 2
                }
            ),
            "{error:?}"
        );
        assert_eq!(sender.queued_bytes(), 0);
    }
    assert_eq!(maker.open_files(), 0);
}

#[tokio::test]
async fn files_on_a_link_that_carries_none_are_refused() {
    let maker = Maker::new();
    {
        let (ours, theirs) = pair().unwrap();
        let (_sender, mut receiver): (Sender<PeerMessage>, Receiver<PeerMessage>) =
            Link::from_fd(ours, LIMIT_BYTES).unwrap().split();
        maker.send_raw(&theirs, &[2, 0, 0, 0, 9, 1], 1);
        let error = support::soon(receiver.receive()).await.unwrap_err();
        assert!(matches!(error, ReceiveError::FilesRefused), "{error:?}");
    }
    assert_eq!(maker.open_files(), 0);
}

#[tokio::test]
async fn files_that_no_message_claims_are_refused() {
    for (bytes, files) in [
        // More than are taken in at once.
        (&[2, 0, 0, 0, 0, 7][..], 50),
        // More than the most that belongs to the next message, however it will look.
        (&[2, 0, 0, 0, 0, 7][..], 4),
        (&[2, 0, 0][..], 4),
    ] {
        let maker = Maker::new();
        {
            let (ours, theirs) = pair().unwrap();
            let (_sender, mut receiver): (Sender<Note>, Receiver<Note>) =
                Link::from_fd(ours, LIMIT_BYTES).unwrap().split();
            maker.send_raw(&theirs, bytes, files);
            let error = support::soon(async {
                while let Ok(Some(_)) = receiver.receive().await {}
                receiver.receive().await.unwrap_err()
            });
            assert!(matches!(error.await, ReceiveError::Failed));
        }
        assert_eq!(maker.open_files(), 0, "{files} files with {bytes:?}");
    }
}

#[tokio::test]
async fn message_without_its_files_is_an_error() {
    let maker = Maker::new();
    let (ours, theirs) = pair().unwrap();
    let (_sender, mut receiver): (Sender<Note>, Receiver<Note>) =
        Link::from_fd(ours, LIMIT_BYTES).unwrap().split();
    maker.send_raw(&theirs, &[3, 0, 0, 0, 1, 7, 2], 1);
    let error = support::soon(receiver.receive()).await.unwrap_err();
    assert!(matches!(error, ReceiveError::FilesMissing), "{error:?}");
}
