//! The gotemplate room.
