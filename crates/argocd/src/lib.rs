//! The argocd room.
