//! The trial room.
