//! Log metrics, params, images and artifacts of a Rust program to `dvclive run`. Standard library only (Unix);
//! copy this file beside your `main.rs` and say `mod dvclive;`.
//!
//! ```ignore
//! dvclive::log_param("lr", 0.1);
//! dvclive::log_metric("loss", 0.52);              // at the current step, or: log_metric_at("loss", 0.52, 3)
//! dvclive::next_step();                           // or: dvclive::set_step(7)
//! dvclive::summary("best", 0.52);
//! dvclive::log_image("curve.png", "out/c.png");
//! dvclive::log_artifact("model.pt", &[("type", "model".into()), ("copy", true.into())]);
//! dvclive::line("progress 30/100");               // any other record of `dvclive help-protocol`
//! ```
//!
//! Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
//! "@dvclive ..." lines. Nothing here blocks the program, ends it or panics: if the recorder is gone, one line on
//! stderr says so. Threads and processes may log at the same time.
#![allow(dead_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// A value of a record: a number, true or false, text, or a list of these.
pub struct Value(String);

macro_rules! integers {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Value { Value(value.to_string()) }
        }
    )*};
}
integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize bool);

macro_rules! floats {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Value {
            // Debug writes the shortest text that reads back equal, with a point or an exponent in it
            fn from(value: $kind) -> Value { Value(format!("{value:?}")) }
        }
    )*};
}
floats!(f32 f64);

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value(quoted(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value(quoted(&text))
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Value {
        let words: Vec<String> = items.into_iter().map(|item| item.into().0).collect();
        Value(format!("[{}]", words.join(",")))
    }
}

/// One point of one curve, at the current step.
pub fn log_metric(name: &str, value: impl Into<Value>) {
    line(&format!("{}={}", word(name), value.into().0));
}

/// One point of one curve, at `step`.
pub fn log_metric_at(name: &str, value: impl Into<Value>, step: i64) {
    line(&format!("{}={} step={step}", word(name), value.into().0));
}

/// A parameter of the run.
pub fn log_param(name: &str, value: impl Into<Value>) {
    line(&format!("param {}={}", word(name), value.into().0));
}

/// A result of the run: a value beside the metrics, without a curve.
pub fn summary(name: &str, value: impl Into<Value>) {
    line(&format!("summary {}={}", word(name), value.into().0));
}

/// The step goes up by one. It begins at 0.
pub fn next_step() {
    line("next-step");
}

/// Set the step.
pub fn set_step(step: i64) {
    line(&format!("step {step}"));
}

/// An image file; what it holds now is recorded, so it may be overwritten afterwards.
pub fn log_image(name: &str, path: impl AsRef<Path>) {
    let path = path.as_ref();
    let mut channel = channel();
    let source = if channel.path.is_empty() { Some(path.to_owned()) } else { channel.copy(path) };
    drop(channel);
    if let Some(source) = source {
        line(&format!("image {} path={}", quoted(name), quoted(&source.to_string_lossy())));
    }
}

/// A file or folder to track with DVC. About it: type, name, desc, labels, copy, cache.
pub fn log_artifact(path: impl AsRef<Path>, about: &[(&str, Value)]) {
    let mut record = format!("artifact {}", quoted(&path.as_ref().to_string_lossy()));
    for (key, value) in about {
        record += &format!(" {key}={}", value.0);
    }
    line(&record);
}

/// One record, without newline.
pub fn line(record: &str) {
    channel().send(format!("{record}\n").as_bytes());
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A name: bare where that may stand.
fn word(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let bare = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().all(plain)
        && !["step", "timestamp", "plot", "rank"].contains(&name);
    if bare { name.to_owned() } else { quoted(name) }
}

const RECORD: usize = 4096; // one write(2) is whole among many writers: PIPE_BUF, pipe(7)
const O_NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 4 }; // no crate, so no libc::O_NONBLOCK

/// The program's end of the channel: how a line travels, and in which order.
struct Channel {
    path: String,                     // of the FIFO; empty: stdout
    folder: PathBuf,
    fifo: Option<File>,
    backlog: Option<(File, String)>,  // a file of lines that wait for room in the FIFO, in order; its name
    count: u64,
    pid: u32,
    warned: bool,
}

static CHANNEL: Mutex<Option<Channel>> = Mutex::new(None);

thread_local! {
    static LAST_CHANCE: LastChance = LastChance;
}

/// At the end of a thread, the main one's too: what waits is handed over, if there is room within five seconds.
struct LastChance;

impl Drop for LastChance {
    fn drop(&mut self) {
        for _ in 0..1000 {
            let mut channel = channel();
            if channel.fifo.is_none() || channel.backlog.is_none() || channel.hand_over() {
                break;
            }
            drop(channel);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

struct Held(MutexGuard<'static, Option<Channel>>);

impl std::ops::Deref for Held {
    type Target = Channel;
    fn deref(&self) -> &Channel {
        self.0.as_ref().expect("opened by channel()")
    }
}

impl std::ops::DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Channel {
        self.0.as_mut().expect("opened by channel()")
    }
}

fn channel() -> Held {
    let mut held = CHANNEL.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let channel = held.get_or_insert_with(Channel::open);
    if channel.pid != std::process::id() {
        channel.backlog = None; // after fork it is the parent's
        channel.pid = std::process::id();
    }
    Held(held)
}

impl Channel {
    fn open() -> Channel {
        let path = std::env::var("DVCLIVE_FIFO").unwrap_or_default();
        let folder = Path::new(&path).parent().unwrap_or(Path::new("")).to_owned();
        let pid = std::process::id();
        let mut channel = Channel { path, folder, fifo: None, backlog: None, count: 0, pid, warned: false };
        if channel.path.is_empty() {
            return channel;
        }
        match OpenOptions::new().write(true).custom_flags(O_NONBLOCK).open(&channel.path) {
            Ok(file) if file.metadata().map_or(false, |about| about.file_type().is_fifo()) => channel.fifo = Some(file),
            Ok(_) => channel.dead(&io::Error::new(ErrorKind::Other, "not a FIFO")),
            Err(error) => channel.dead(&error),
        }
        channel
    }

    fn send(&mut self, line: &[u8]) {
        if self.path.is_empty() {
            let mut out = io::stdout().lock();
            _ = out.write_all(&[b"@dvclive ", line].concat()).and_then(|()| out.flush());
        } else if self.fifo.is_none() {
        } else if self.backlog.is_some() && !self.hand_over() {
            self.wait_in_file(line);
        } else if line.len() > RECORD {
            self.wait_in_file(line); // too long for the FIFO: a backlog of one line
            if self.backlog.is_some() {
                self.hand_over();
            }
        } else if !self.write(line) && self.fifo.is_some() {
            self.wait_in_file(line);
        }
    }

    /// Write a line of at most RECORD bytes, whole or not at all; false where the FIFO is full or dead.
    fn write(&mut self, line: &[u8]) -> bool {
        loop {
            let done = match self.fifo.as_mut() {
                Some(fifo) => fifo.write(line),
                None => return false,
            };
            match done {
                Ok(_) => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(error) => self.dead(&error), // EPIPE: a Rust program ignores SIGPIPE
            }
        }
    }

    fn dead(&mut self, error: &io::Error) {
        self.fifo = None;
        let unread = error.kind() == ErrorKind::BrokenPipe || error.raw_os_error() == Some(6); // ENXIO
        let why = if unread { "nobody reads it".to_owned() } else { error.to_string() };
        self.warn(&format!("the recorder of this run cannot be reached through {}: {why}", self.path));
    }

    fn warn(&mut self, what: &str) {
        if !self.warned {
            let text = "What is logged from here on is not recorded; the program goes on.";
            _ = writeln!(io::stderr(), "dvclive: {what}. {text}");
        }
        self.warned = true;
    }

    fn no_room(&mut self, error: &io::Error) {
        self.warn(&format!("values are lost, no file can be written in {}: {error}", self.folder.display()));
    }

    fn create(&mut self, suffix: &str) -> io::Result<(File, String)> {
        loop {
            self.count += 1;
            let name = format!("rs-{}-{}{suffix}", self.pid, self.count);
            let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(self.folder.join(&name));
            match file {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                other => return other.map(|file| (file, name)),
            }
        }
    }

    fn wait_in_file(&mut self, line: &[u8]) {
        let mut written = Ok(());
        if self.backlog.is_none() {
            written = self.create(".lines").map(|made| self.backlog = Some(made));
        }
        if let Some((file, _)) = self.backlog.as_mut() {
            written = file.write_all(line);
        }
        if let Err(error) = written {
            self.no_room(&error);
        }
        _ = LAST_CHANCE.try_with(|_| ()); // makes this thread's, so that it is dropped
    }

    /// Tell the recorder of the backlog; false where the FIFO is still full.
    fn hand_over(&mut self) -> bool {
        let name = self.backlog.as_ref().map_or(String::new(), |(_, name)| name.clone());
        let done = self.write(format!("{{\"@file\": \"{name}\"}}\n").as_bytes());
        if done {
            self.backlog = None;
        }
        done
    }

    /// Copy an image into the channel's folder, where the recorder finds it and removes it.
    fn copy(&mut self, path: &Path) -> Option<PathBuf> {
        self.fifo.as_ref()?;
        let data = match std::fs::read(path) {
            Ok(data) => data,
            Err(error) => {
                _ = writeln!(io::stderr(), "dvclive: the image {} cannot be read: {error}.", path.display());
                return None;
            }
        };
        let suffix = path.extension().map_or(String::new(), |suffix| format!(".{}", suffix.to_string_lossy()));
        match self.create(&suffix).and_then(|(mut file, name)| file.write_all(&data).map(|()| name)) {
            Ok(name) => Some(self.folder.join(name)),
            Err(error) => {
                self.no_room(&error);
                None
            }
        }
    }
}
