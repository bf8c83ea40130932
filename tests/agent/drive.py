"""The real Claude Code with the plugin, against a model that says what it was told to.

Usage: drive.py CLAUDE SEATRIAL PLUGIN. Checks that the host starts the MCP server, knows the skill, gives the model what
`try_manifest` answers, runs the hook after a `Write` and gives the model its findings; that a second `Write` of a manifest
without fault is passed in silence. Ends with 1 where anything is not so.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import model as scripted

CLAUDE, SEATRIAL, PLUGIN = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:4])

PLATFORM = """\
argocd: {version: "3.6", runsIn: hub}
clusters: {hub: {server: https://kubernetes.default.svc, environment: dev}}
environments: {dev: {sync: {automated: false}}}
repositories: {https://git.acme.internal/a.git: {path: .}}
"""

MANIFEST = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: web
  source: {repoURL: https://git.acme.internal/a.git, path: plain, targetRevision: v1.0.0}
  destination: {server: SERVER, namespace: web}
"""

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: b}\n"


def must(holds, what):
    if not holds:
        sys.exit(f"not as it should be: {what}")


def results(requests):
    """What the model was told after each tool, by the tool's name, and everything it was told at all."""
    last = max(requests, key=lambda request: len(json.dumps(request["messages"])))
    names, told = {}, {}
    for message in last["messages"]:
        for block in scripted.blocks(message):
            if block["type"] == "tool_use":
                names[block["id"]] = block["name"]
            if block["type"] == "tool_result":
                told[names[block["tool_use_id"]]] = json.dumps(block)
    return told, json.dumps(last)


def run(server):
    """One session; what the model was told."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as project:
        project = pathlib.Path(project).resolve()
        (project / "seatrial.yaml").write_text(PLATFORM)
        (project / "plain").mkdir()
        (project / "plain" / "c.yaml").write_text(CONFIG_MAP)
        text = MANIFEST.replace("SERVER", server)
        model = scripted.Model(project / "web.yaml", text)
        api = scripted.serve(model)
        env = {
            "HOME": home,
            "PATH": os.pathsep.join([str(pathlib.Path(SEATRIAL).parent), os.environ["PATH"]]),
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{api.server_address[1]}",
            "ANTHROPIC_API_KEY": "not-a-key",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            "ENABLE_TOOL_SEARCH": "false",
            "IS_SANDBOX": "1",
        }
        command = [CLAUDE, "-p", "Deploy web to dev.", "--plugin-dir", PLUGIN, "--output-format", "json",
                   "--allowedTools", "Write", "mcp__plugin_seatrial_seatrial__try_manifest"]
        done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, timeout=120)
        must(done.returncode == 0, f"claude ended with {done.returncode}: {done.stdout}{done.stderr}")
        must((project / "web.yaml").read_text() == text, "the manifest was written")
        return results(model.requests)


told, everything = run("https://nowhere.acme.internal")
tool = next((name for name in told if name.endswith("__try_manifest")), None)
must(tool and "unknown-cluster" in told[tool] and "not-ready" in told[tool], told)
must("seatrial:gitops-deployment" in everything, "the skill is known")
must(everything.count("unknown-cluster") > told[tool].count("unknown-cluster"), f"the hook's findings came back: {everything[-4000:]}")
must("Seatrial judged" in everything, "the hook spoke")

told, everything = run("https://kubernetes.default.svc")
must("not-ready" not in told[tool], told)
must("Seatrial judged" not in everything, f"the hook is silent where nothing is wrong: {everything[-3000:]}")
print("claude code: the plugin's server, its skill and its hook at work")
