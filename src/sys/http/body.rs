//! The request's body on its way out: never copied where it is not wiped, and it remembers whether it left.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::secret::Secret;

/// A secret as the owner of bytes that the library passes around; wiped with the last of its handles.
pub(super) struct SecretBytes(pub Secret);

impl AsRef<[u8]> for SecretBytes {
    fn as_ref(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

/// A body in one piece. The library asks for it when the connection stands and the headers are written: from then on
/// the server may have it.
pub(super) struct Watched {
    piece: Option<Bytes>,
    sent: Arc<AtomicBool>,
}

impl Watched {
    pub fn new(body: Secret, sent: Arc<AtomicBool>) -> Self {
        let piece = Some(Bytes::from_owner(SecretBytes(body))).filter(|piece| !piece.is_empty());
        Self { piece, sent }
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.sent.store(true, SeqCst);
        Poll::Ready(self.piece.take().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.piece.is_none()
    }

    /// Exact, so that the request has a `Content-Length` and is not sent in chunks.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.piece.as_ref().map_or(0, Bytes::len) as u64)
    }
}
