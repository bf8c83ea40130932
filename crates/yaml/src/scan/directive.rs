//! Directives and tags.

use super::{Mark, Scan, Scanner, TokenKind, is_alpha};

impl Scanner<'_> {
    pub(super) fn fetch_directive(&mut self) -> Scan<()> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let mut name = String::new();
        while is_alpha(self.byte(0)) {
            name.push(self.peek(0) as char);
            self.skip();
        }
        if name.is_empty() {
            return self.fault(start, "could not find expected directive name");
        }
        if !self.is_blankz(0) {
            return self.fault(start, "found unexpected non-alphabetical character");
        }
        let kind = match name.as_str() {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return self.fault(start, "found unknown directive name"),
        };
        let end = self.mark;
        self.skip_blanks();
        if self.byte(0) == b'#' {
            self.skip_comment();
        }
        if !self.is_breakz() {
            return self.fault(start, "did not find expected comment or line break");
        }
        self.skip_line();
        self.tokens.push_back(super::Token::simple(kind, start, end));
        Ok(())
    }

    fn skip_blanks(&mut self) {
        while matches!(self.byte(0), b' ' | b'\t') {
            self.skip();
        }
    }

    fn scan_version(&mut self, start: Mark) -> Scan<TokenKind> {
        self.skip_blanks();
        let major = self.scan_version_number(start)?;
        if self.byte(0) != b'.' {
            return self.fault(start, "did not find expected digit or '.' character");
        }
        self.skip();
        let minor = self.scan_version_number(start)?;
        Ok(TokenKind::VersionDirective(major, minor))
    }

    fn scan_version_number(&mut self, start: Mark) -> Scan<u8> {
        let mut value = 0;
        let mut length = 0;
        while self.byte(0).is_ascii_digit() {
            length += 1;
            if length > 2 {
                return self.fault(start, "found extremely long version number");
            }
            value = value * 10 + (self.peek(0) - b'0');
            self.skip();
        }
        if length == 0 {
            return self.fault(start, "did not find expected version number");
        }
        Ok(value)
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Scan<TokenKind> {
        self.skip_blanks();
        let handle = self.scan_tag_handle(true, start)?;
        if !matches!(self.byte(0), b' ' | b'\t') {
            return self.fault(start, "did not find expected whitespace");
        }
        self.skip_blanks();
        let prefix = self.scan_tag_uri(&[], start)?;
        if !self.is_blankz(0) {
            return self.fault(start, "did not find expected whitespace or line break");
        }
        Ok(TokenKind::TagDirective(self.keep_tag(handle, &prefix)))
    }

    fn keep_tag(&mut self, handle: Vec<u8>, suffix: &[u8]) -> u32 {
        let handle = String::from_utf8_lossy(&handle).into_owned();
        self.tags.push((handle, String::from_utf8_lossy(suffix).into_owned()));
        self.tags.len() as u32 - 1
    }

    pub(super) fn fetch_tag(&mut self) -> Scan<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.need(2);
        let (handle, suffix);
        if self.byte(1) == b'<' {
            self.skip_many(2);
            handle = Vec::new();
            suffix = self.scan_tag_uri(&[], start)?;
            if self.byte(0) != b'>' {
                return self.fault(start, "did not find the expected '>'");
            }
            self.skip();
        } else {
            let head = self.scan_tag_handle(false, start)?;
            if head.len() > 1 && head.ends_with(b"!") {
                suffix = self.scan_tag_uri(&[], start)?;
                handle = head;
            } else {
                let rest = self.scan_tag_uri(&head, start)?;
                // A lone `!` is a tag of its own.
                (handle, suffix) =
                    if rest.is_empty() { (rest, b"!".to_vec()) } else { (b"!".to_vec(), rest) };
            }
        }
        if !self.is_blankz(0) {
            return self.fault(start, "did not find expected whitespace or line break");
        }
        let tag = self.keep_tag(handle, &suffix);
        self.push(TokenKind::Tag(tag), start);
        Ok(())
    }

    fn scan_tag_handle(&mut self, directive: bool, start: Mark) -> Scan<Vec<u8>> {
        if self.byte(0) != b'!' {
            return self.fault(start, "did not find expected '!'");
        }
        let mut handle = vec![b'!'];
        self.skip();
        while is_alpha(self.byte(0)) {
            handle.push(self.peek(0));
            self.skip();
        }
        if self.peek(0) == b'!' {
            handle.push(b'!');
            self.skip();
        } else if directive && handle != b"!" {
            return self.fault(start, "did not find expected '!'");
        }
        Ok(handle)
    }

    fn scan_tag_uri(&mut self, head: &[u8], start: Mark) -> Scan<Vec<u8>> {
        let mut found = !head.is_empty();
        let mut uri = head.get(1..).unwrap_or_default().to_vec();
        loop {
            match self.byte(0) {
                b'%' => self.scan_uri_escapes(start, &mut uri)?,
                byte if is_alpha(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    uri.push(byte);
                    self.skip();
                }
                _ => break,
            }
            found = true;
        }
        if !found {
            return self.fault(start, "did not find expected tag URI");
        }
        Ok(uri)
    }

    fn scan_uri_escapes(&mut self, start: Mark, out: &mut Vec<u8>) -> Scan<()> {
        let mut left = None;
        while left != Some(0) {
            self.need(3);
            let digits = (self.byte(0) == b'%')
                .then(|| ((self.peek(1) as char).to_digit(16), (self.peek(2) as char).to_digit(16)));
            let Some((Some(high), Some(low))) = digits else {
                return self.fault(start, "did not find URI escaped octet");
            };
            let octet = (high << 4 | low) as u8;
            left = Some(match left {
                None => match octet {
                    0x80..0xC0 | 0xF8.. => {
                        return self.fault(start, "found an incorrect leading UTF-8 octet");
                    }
                    _ => super::width(octet) - 1,
                },
                Some(_) if octet & 0xC0 != 0x80 => {
                    return self.fault(start, "found an incorrect trailing UTF-8 octet");
                }
                Some(left) => left - 1,
            });
            out.push(octet);
            self.skip_many(3);
        }
        Ok(())
    }
}
