"""What is measured: ours and the peers, each installed by pip into an environment of its own."""

import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PEER = (
    "sigma-cli==3.1.0",
    "pysigma-backend-elasticsearch==2.1.1",
    "pysigma-backend-kusto==1.0.1",
    "pysigma-backend-splunk==2.1.0",
)

# The peer's four targets, and the pipelines that give fields the names of the product.
PIPELINES = {
    "eql": "ecs_windows",
    "kusto": "microsoft_xdr",
    "splunk": "splunk_windows",
    "lucene": "ecs_windows",
}


@dataclass(frozen=True, slots=True)
class Tools:
    """The folders of both environments' programs."""

    ours: Path
    peer: Path

    def build(self, out: Path, *options: str) -> list[str]:
        """Build `rules` into OUT."""
        return [str(self.ours / "tocsin"), "build", "rules", "-o", str(out), *options]

    def compile(self, rule: Path, target: str) -> list[str]:
        """Print one rule for TARGET."""
        return [str(self.ours / "tocsin"), "compile", str(rule), "-t", target]

    def convert(self, rules: Path, target: str, out: Path, *, pipelines: bool) -> list[str]:
        """Convert RULES for one target of the peer."""
        how = ["-p", PIPELINES[target]] if pipelines else ["--without-pipeline"]
        command = [str(self.peer / "sigma"), "convert", "-t", target, *how]
        return [*command, "-o", str(out), str(rules)]

    def strong(self, rules: Path, out: Path, *, pipelines: bool) -> list[str]:
        """Convert RULES for all four targets of the peer in one process, libyaml reading them."""
        script = str(Path(__file__).parent / "strong.py")
        words = [str(rules), str(out), *(["pipelines"] if pipelines else [])]
        return [str(self.peer / "python"), script, *words]


def installed(folder: Path) -> Tools:
    """Install both into FOLDER; what a run before has put there is taken again."""
    ours, peer = folder / "ours", folder / "peer"
    if not peer.exists():
        _install(peer, *_PEER)
    _install(ours, "--force-reinstall", "--no-deps" if ours.exists() else "--upgrade", str(ROOT))
    return Tools(ours / "bin", peer / "bin")


def _install(folder: Path, *packages: str) -> None:
    if not folder.exists():
        venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
