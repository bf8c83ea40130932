package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Artifact is one manifest of an OCI repository and the tags that name it.
type Artifact struct {
	Tags []string `json:"tags,omitempty"`
	// ConfigType is the media type of the manifest's config.
	ConfigType string  `json:"configType,omitempty"`
	Layers     []Layer `json:"layers"`
}

// Layer is one blob of an artifact: an archive of Entries, or Content as it is.
type Layer struct {
	MediaType string  `json:"mediaType,omitempty"`
	Entries   []Entry `json:"entries,omitempty"`
	Content   string  `json:"content,omitempty"`
}

// Entry is a member of an archive: a folder where the name ends in a slash, a link where it has a target, else a file.
type Entry struct {
	Name    string `json:"name"`
	Link    string `json:"link,omitempty"`
	Content string `json:"content,omitempty"`
}

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
	emptyType    = "application/vnd.oci.empty.v1+json"
	// tagsAPage is how many tags the registry gives at once.
	tagsAPage = 2
)

// registry serves the artifacts of all cases on loopback, as a proxy: requests name the registries of the case, and the
// user of the proxy names the repository of the case.
type registry struct {
	mu     sync.Mutex
	server *httptest.Server
	repos  map[string]*shelf
}

// shelf is what one repository holds.
type shelf struct {
	blobs     map[string][]byte
	manifests map[string]bool
	tags      map[string]string
}

var registries = &registry{repos: map[string]*shelf{}}

// proxy gives the address of the proxy that serves these artifacts.
func (r *registry) proxy(artifacts []Artifact) (string, error) {
	content, err := json.Marshal(artifacts)
	if err != nil {
		return "", err
	}
	key := fmt.Sprintf("%x", sha256.Sum256(content))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server == nil {
		r.server = httptest.NewServer(r)
	}
	if r.repos[key] == nil {
		s, err := shelve(artifacts)
		if err != nil {
			return "", err
		}
		r.repos[key] = s
	}
	u, err := url.Parse(r.server.URL)
	if err != nil {
		return "", err
	}
	u.User = url.User(key)
	return u.String(), nil
}

func shelve(artifacts []Artifact) (*shelf, error) {
	s := &shelf{blobs: map[string][]byte{}, manifests: map[string]bool{}, tags: map[string]string{}}
	put := func(mediaType string, data []byte) map[string]any {
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256(data))
		s.blobs[digest] = data
		return map[string]any{"mediaType": mediaType, "digest": digest, "size": len(data)}
	}
	for _, a := range artifacts {
		configType := a.ConfigType
		if configType == "" {
			configType = emptyType
		}
		layers := []any{}
		for _, l := range a.Layers {
			mediaType, data, err := l.blob()
			if err != nil {
				return nil, err
			}
			layers = append(layers, put(mediaType, data))
		}
		manifest, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": manifestType, "config": put(configType, []byte("{}")), "layers": layers})
		if err != nil {
			return nil, err
		}
		digest := put(manifestType, manifest)["digest"].(string)
		s.manifests[digest] = true
		for _, t := range a.Tags {
			s.tags[t] = digest
		}
	}
	return s, nil
}

// blob packs the layer as its media type says.
func (l Layer) blob() (string, []byte, error) {
	mediaType := l.MediaType
	if mediaType == "" {
		mediaType = layerType
	}
	if l.Content != "" {
		return mediaType, []byte(l.Content), nil
	}
	var packed, out bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, e := range l.Entries {
		h := &tar.Header{Name: e.Name, Mode: 0o644, Size: int64(len(e.Content)), Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		switch {
		case e.Link != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.Link
		case strings.HasSuffix(e.Name, "/"):
			h.Typeflag, h.Mode = tar.TypeDir, 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			return "", nil, err
		}
		if _, err := w.Write([]byte(e.Content)); err != nil {
			return "", nil, err
		}
	}
	if err := w.Close(); err != nil {
		return "", nil, err
	}
	if !strings.HasSuffix(mediaType, "gzip") {
		return mediaType, packed.Bytes(), nil
	}
	z := gzip.NewWriter(&out)
	_, err := z.Write(packed.Bytes())
	if closed := z.Close(); err == nil {
		err = closed
	}
	return mediaType, out.Bytes(), err
}

// ServeHTTP answers the distribution protocol's reading half.
func (r *registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	user, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(q.Header.Get("Proxy-Authorization"), "Basic "))
	r.mu.Lock()
	s := r.repos[strings.TrimSuffix(string(user), ":")]
	r.mu.Unlock()
	parts := strings.Split(q.URL.Path, "/")
	if s == nil || len(parts) < 4 {
		http.NotFound(w, q)
		return
	}
	name := parts[len(parts)-1]
	switch parts[len(parts)-2] {
	case "tags":
		s.list(w, q)
	case "manifests":
		if d, ok := s.tags[name]; ok {
			name = d
		}
		if !s.manifests[name] {
			http.NotFound(w, q)
			return
		}
		s.give(w, q, name, manifestType)
	case "blobs":
		s.give(w, q, name, "application/octet-stream")
	default:
		http.NotFound(w, q)
	}
}

func (s *shelf) give(w http.ResponseWriter, q *http.Request, digest, mediaType string) {
	data, ok := s.blobs[digest]
	if !ok {
		http.NotFound(w, q)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	w.Header().Set("Docker-Content-Digest", digest)
	if q.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}

// list gives a page of the tags, and where the next one is.
func (s *shelf) list(w http.ResponseWriter, q *http.Request) {
	last := q.URL.Query().Get("last")
	tags := slices.DeleteFunc(sortedKeys(s.tags), func(t string) bool { return t <= last })
	if len(tags) > tagsAPage {
		tags = tags[:tagsAPage]
		w.Header().Set("Link", fmt.Sprintf("<%s?last=%s>; rel=\"next\"", q.URL.Path, url.QueryEscape(tags[tagsAPage-1])))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"tags": tags})
}
