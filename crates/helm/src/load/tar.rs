//! The parts of tar that archives of charts and artifacts use: ustar, the extended headers of PAX, GNU's long names.

use std::io::{self, Read};

use crate::error::Error;

const BLOCK: usize = 512;
/// Go's bound on extended headers.
const LARGEST_HEADER: u64 = 1 << 20;

/// What an archive says of one of its members.
#[derive(Debug)]
pub struct Entry {
    /// Its path, as it stands there.
    pub name: String,
    /// How many bytes it holds.
    pub size: u64,
    /// What it is: `0` a file, `2` a symbolic link, `5` a folder.
    pub kind: u8,
    /// What it leads to, if it is a link.
    pub link: String,
    mode: u64,
}

impl Entry {
    /// As `FileInfo().IsDir()` has it.
    pub(super) fn is_folder(&self) -> bool {
        self.kind == b'5' || self.mode & 0o170_000 == 0o040_000 || self.name.ends_with('/')
    }

    /// A global header of PAX: not a file.
    pub(super) fn is_header(&self) -> bool {
        self.kind == b'g'
    }
}

/// Reads members one after the other.
pub struct Reader<R> {
    inner: R,
    /// Bytes of the current member that were not read, and the padding after them.
    left: u64,
    padding: u64,
}

/// An error of reading in Go's words.
pub fn fault(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::new("unexpected EOF"),
        io::ErrorKind::InvalidInput if error.to_string().contains("checksum") => {
            Error::new("gzip: invalid checksum")
        }
        _ => Error::new(format!("flate: corrupt input: {error}")),
    }
}

fn invalid() -> Error {
    Error::new("archive/tar: invalid tar header")
}

#[derive(Default)]
struct Extended {
    name: Option<String>,
    link: Option<String>,
    size: Option<u64>,
}

impl<R: Read> Reader<R> {
    /// A reader of what is no longer compressed.
    pub fn new(inner: R) -> Self {
        Self { inner, left: 0, padding: 0 }
    }

    /// The next member; none at the end of the archive. Errors are in the words of Go's `archive/tar`.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, Error> {
        let mut extended = Extended::default();
        loop {
            self.skip()?;
            let Some(block) = self.header()? else { return Ok(None) };
            let mut entry = entry(&block)?;
            let holds_data = !matches!(entry.kind, b'1'..=b'6');
            let stored = if holds_data { entry.size } else { 0 };
            match entry.kind {
                b'x' => extended.pax(&self.small(stored)?)?,
                b'L' => {
                    let name = self.small(stored)?;
                    extended.name = Some(text(&name));
                }
                b'K' => {
                    let link = self.small(stored)?;
                    extended.link = Some(text(&link));
                }
                _ => {
                    // A link has no contents, whatever its size says.
                    entry.size = stored;
                    if entry.kind != b'g' {
                        entry.size = extended.size.filter(|_| holds_data).unwrap_or(entry.size);
                        entry.name = extended.name.unwrap_or(entry.name);
                        entry.link = extended.link.unwrap_or(entry.link);
                    }
                    self.expect(entry.size);
                    return Ok(Some(entry));
                }
            }
        }
    }

    /// The contents of the member that `next_entry` gave last.
    pub fn contents(&mut self) -> Contents<'_, R> {
        Contents(self)
    }

    fn expect(&mut self, size: u64) {
        self.left = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
    }

    fn skip(&mut self) -> Result<(), Error> {
        let mut rest = self.left.saturating_add(self.padding);
        (self.left, self.padding) = (0, 0);
        let mut scrap = [0; 8192];
        while rest > 0 {
            let want = usize::try_from(rest).unwrap_or(usize::MAX).min(scrap.len());
            let Some(part) = scrap.get_mut(..want) else { break };
            let read = self.inner.read(part).map_err(|error| fault(&error))?;
            if read == 0 {
                return Err(Error::new("unexpected EOF"));
            }
            rest = rest.saturating_sub(read as u64);
        }
        Ok(())
    }

    /// A header, or nothing at two zero blocks or at the end.
    fn header(&mut self) -> Result<Option<[u8; BLOCK]>, Error> {
        for zero_before in [false, true] {
            let Some(block) = self.block()? else { return Ok(None) };
            if block.iter().any(|byte| *byte != 0) {
                return if zero_before { Err(invalid()) } else { Ok(Some(block)) };
            }
        }
        Ok(None)
    }

    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, Error> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while let Some(part) = block.get_mut(filled..).filter(|part| !part.is_empty()) {
            match self.inner.read(part).map_err(|error| fault(&error))? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(Error::new("unexpected EOF")),
                read => filled += read,
            }
        }
        Ok(Some(block))
    }

    /// The whole of a member that must be small.
    fn small(&mut self, size: u64) -> Result<Vec<u8>, Error> {
        if size > LARGEST_HEADER {
            return Err(Error::new("archive/tar: header field too long"));
        }
        self.expect(size);
        let mut data = Vec::new();
        self.contents().read_to_end(&mut data).map_err(|error| fault(&error))?;
        Ok(data)
    }
}

/// The contents of a member.
pub struct Contents<'r, R>(&'r mut Reader<R>);

impl<R: Read> Read for Contents<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.0.left).unwrap_or(usize::MAX).min(into.len());
        let Some(into) = into.get_mut(..want).filter(|into| !into.is_empty()) else { return Ok(0) };
        let read = self.0.inner.read(into)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.0.left = self.0.left.saturating_sub(read as u64);
        Ok(read)
    }
}

impl Extended {
    /// Records of the form `LENGTH KEY=VALUE\n`.
    fn pax(&mut self, mut records: &[u8]) -> Result<(), Error> {
        while !records.is_empty() {
            let space = records.iter().position(|byte| *byte == b' ').ok_or_else(invalid)?;
            let (digits, _) = records.split_at(space);
            let length: usize =
                std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()).ok_or_else(invalid)?;
            let record = records.get(space + 1..length).ok_or_else(invalid)?;
            let record = record.strip_suffix(b"\n").ok_or_else(invalid)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(invalid)?;
            let (key, value) = record.split_at(equals);
            let value = text(value.get(1..).unwrap_or_default());
            match key {
                b"path" => self.name = Some(value).filter(|name| !name.is_empty()),
                b"linkpath" => self.link = Some(value).filter(|link| !link.is_empty()),
                b"size" => self.size = Some(value.parse().map_err(|_| invalid())?),
                _ => {}
            }
            records = records.get(length..).unwrap_or_default();
        }
        Ok(())
    }
}

fn entry(block: &[u8; BLOCK]) -> Result<Entry, Error> {
    let field = |from: usize, length: usize| block.get(from..from + length).unwrap_or_default();
    let blank = |index: usize, byte: u8| if (148..156).contains(&index) { b' ' } else { byte };
    let sums = block.iter().enumerate().fold((0u64, 0i64), |(unsigned, signed), (index, byte)| {
        let byte = blank(index, *byte);
        (unsigned + u64::from(byte), signed + i64::from(byte.cast_signed()))
    });
    let stated = number(field(148, 8)).ok_or_else(invalid)?;
    if stated != sums.0 && i64::try_from(stated) != Ok(sums.1) {
        return Err(invalid());
    }
    let mut name = text(field(0, 100));
    if field(257, 6) == b"ustar\0" {
        let prefix = text(field(345, 155));
        if !prefix.is_empty() {
            name = format!("{prefix}/{name}");
        }
    }
    let kind = match block.get(156) {
        None | Some(0) => b'0',
        Some(kind) => *kind,
    };
    Ok(Entry {
        name,
        kind,
        link: text(field(157, 100)),
        size: number(field(124, 12)).ok_or_else(invalid)?,
        mode: number(field(100, 8)).ok_or_else(invalid)?,
    })
}

/// A number in octal, or in binary where the first bit says so.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        // A negative number, or one that needs more than 63 bits, is of no use here.
        let mut value = u64::from(first & 0x7F);
        for byte in rest {
            value = value.checked_mul(256)?.checked_add(u64::from(*byte))?;
        }
        return (first & 0x40 == 0 && i64::try_from(value).is_ok()).then_some(value);
    }
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = std::str::from_utf8(text).ok()?.trim_matches(' ');
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// The text up to the first zero byte.
fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}
