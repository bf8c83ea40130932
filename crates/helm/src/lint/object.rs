//! As much of a Kubernetes object as Helm's linter reads.

use crate::load::gostruct::{Cursor, document};
use crate::values::documents;
use crate::version::HelmVersion;

/// An object's head.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Object {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
}

/// The objects of a text; `None` for an empty document. Ends at the first that cannot be read, with the decoder's words.
pub(super) fn objects(text: &[u8]) -> Vec<Result<Option<Object>, String>> {
    let mut found = Vec::new();
    for part in documents(text, HelmVersion::V4_3) {
        let object = part.and_then(|part| object(&part));
        let failed = object.is_err();
        found.push(object);
        if failed {
            break;
        }
    }
    found
}

fn object(bytes: &[u8]) -> Result<Option<Object>, String> {
    let value = document(bytes)?;
    if value.is_null() {
        return Ok(None);
    }
    let mut object = Object::default();
    for (field, at) in
        Cursor::new(&value).fields("rules.k8sYamlStruct", &["apiVersion", "Kind", "Metadata"])?
    {
        match field {
            "apiVersion" => object.api_version = at.string()?.unwrap_or_default(),
            "Kind" => object.kind = at.string()?.unwrap_or_default(),
            _ => {
                for (field, at) in at.fields("rules.k8sYamlMetadata", &["Namespace", "Name"])? {
                    let text = at.string()?.unwrap_or_default();
                    if field == "Name" {
                        object.name = text;
                    }
                }
            }
        }
    }
    Ok(Some(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_and_what_is_none() {
        let found = objects(
            b"apiVersion: v1\nkind: A\nmetadata: {name: 1}\n---\n# nothing\n---\n- x\n---\nkind: B\n",
        );
        let first = Object { api_version: "v1".into(), kind: "A".into(), name: "1".into() };
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], Ok(Some(first)));
        assert_eq!(found[1], Ok(None));
        assert!(found[2].as_ref().is_err_and(|why| why.contains("cannot unmarshal array")));
    }
}
