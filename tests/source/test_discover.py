"""Which files are read: folders, ignore files, links, and what cannot be read."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from istiolint.source.discover import DISK, discover, display_name, excluded
from istiolint.source.ignore import Patterns


def lay(root: Path, *names: str, **texts: str) -> None:
    """Make empty files, and files with a text."""
    for name, text in {**dict.fromkeys(names, ""), **texts}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".git").mkdir()
    monkeypatch.chdir(project)
    return project


def test_folders_give_yaml_and_json_in_order_of_name(here: Path) -> None:
    lay(here, "b.yml", "a.yaml", "k8s/c.JSON", "k8s/notes.md", "Makefile", "k8s/chart.tgz")
    assert discover(["."]).files == ("a.yaml", "b.yml", "k8s/c.JSON")


def test_hidden_files_and_node_modules_are_left_out_unless_named(here: Path) -> None:
    lay(here, ".hidden/a.yaml", ".b.yaml", "node_modules/c.yaml", "d.yaml", ".git/e.yaml")
    assert discover(["."]).files == ("d.yaml",)
    assert discover([".hidden", ".b.yaml"]).files == (".b.yaml", ".hidden/a.yaml")


def test_a_named_file_is_read_whatever_it_is_called(here: Path) -> None:
    lay(here, "rendered.txt", "ignored.yaml", **{".gitignore": "ignored.yaml\n"})
    found = discover(["rendered.txt", "./ignored.yaml"], exclude=["rendered.txt"])
    assert found.files == ("ignored.yaml", "rendered.txt")


def test_a_path_that_does_not_exist_is_told(here: Path) -> None:
    lay(here, "a.yaml")
    found = discover(["nowhere", "a.yaml", "nor/here.yaml"])
    assert (found.files, found.missing) == (("a.yaml",), ("nowhere", "nor/here.yaml"))


def test_no_file_comes_twice(here: Path) -> None:
    lay(here, "k8s/a.yaml")
    assert discover(["k8s", "k8s/a.yaml", ".", str(here / "k8s"), "./k8s/../k8s/a.yaml"]).files == ("k8s/a.yaml",)


def test_names_outside_of_the_current_folder_stay_as_given(here: Path, tmp_path: Path) -> None:
    lay(tmp_path, "other/x.yaml", "far/y.yaml")
    found = discover(["../other", str(tmp_path / "far")])
    assert found.files == ("../other/x.yaml", (tmp_path / "far" / "y.yaml").as_posix())  # "." sorts before "/"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.yaml", "a.yaml"),
        ("./a//b.yaml", "a/b.yaml"),
        ("/w/p/a.yaml", "a.yaml"),
        ("../p/a.yaml", "a.yaml"),
        ("../q/a.yaml", "../q/a.yaml"),
        ("/w/pq/a.yaml", "/w/pq/a.yaml"),
        ("/w/p", "."),
    ],
)
def test_display_names(path: str, name: str) -> None:
    assert display_name(path, "/w/p") == name


def test_gitignore_of_every_level_is_heeded(here: Path) -> None:
    lay(
        here,
        "out/a.yaml", "k8s/out/b.yaml", "k8s/keep/secret.yaml", "k8s/keep/public.yaml", "k8s/c.gen.yaml",
        "k8s/important.gen.yaml", "top.yaml", "k8s/top.yaml", "private.yaml",
        **{
            ".gitignore": "out/\n*.gen.yaml\n/top.yaml\n",
            "k8s/.gitignore": "secret.yaml\n!important.gen.yaml\n",
            ".git/info/exclude": "private.yaml\n",
        },
    )  # fmt: skip
    found = discover(["."])
    assert found.files == ("k8s/important.gen.yaml", "k8s/keep/public.yaml", "k8s/top.yaml")
    assert found.ignored == 6
    # the same, from within: the files above speak of what is below
    assert discover(["k8s/keep", "k8s"]).files == found.files
    assert len(discover(["."], respect_gitignore=False).files) == 9


def test_an_ignored_folder_that_is_named_is_read(here: Path) -> None:
    lay(here, "rendered/a.yaml", **{".gitignore": "rendered/\n"})
    assert discover(["."]).files == ()
    assert discover(["rendered"]).files == ("rendered/a.yaml",)


def test_ignore_files_above_the_repository_do_not_count(here: Path, tmp_path: Path) -> None:
    lay(tmp_path, **{".gitignore": "*.yaml\n"})
    lay(here, "a.yaml")
    assert discover(["."]).files == ("a.yaml",)


def test_the_exclude_file_of_a_worktree_is_that_of_its_repository(here: Path, tmp_path: Path) -> None:
    (here / ".git").rmdir()
    lay(here, "a.yaml", "b.yaml", **{".git": f"gitdir: {tmp_path}/main/.git/worktrees/w\n"})
    lay(tmp_path / "main/.git", **{"worktrees/w/commondir": "../..\n", "info/exclude": "b.yaml\n"})
    assert discover(["."]).files == ("a.yaml",)


def test_exclude_patterns_are_seen_from_the_root(here: Path) -> None:
    lay(here, "a.yaml", "legacy/b.yaml", "k8s/legacy/c.yaml", "k8s/d.yaml", "k8s/e.yaml")
    found = discover(["."], exclude=["/legacy", "k8s/d.yaml"], root=str(here))
    assert found.files == ("a.yaml", "k8s/e.yaml", "k8s/legacy/c.yaml")
    assert discover(["k8s"], exclude=["k8s/d.yaml", "legacy/"], root=".").files == ("k8s/e.yaml",)
    # gitignore cannot take back what the configuration excludes
    lay(here, **{".gitignore": "!a.yaml\n"})
    assert "a.yaml" not in discover(["."], exclude=["a.yaml"]).files


def test_whether_a_named_path_is_excluded(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert excluded(str(here / "legacy/deep/a.yaml"), ["/legacy"], str(here))
    assert not excluded(str(here / "k8s/legacy/a.yaml"), ["/legacy"], str(here))
    assert not excluded(str(here / "legacy/a.yaml"), [], str(here))
    assert not excluded("/elsewhere/legacy/a.yaml", ["legacy"], str(here))


def test_links_are_followed_and_loops_end(here: Path, tmp_path: Path) -> None:
    lay(here, "real/a.yaml")
    lay(tmp_path, "outside/b.yaml")
    (here / "real" / "loop").symlink_to(here)
    (here / "alias").symlink_to(here / "real")
    (here / "far").symlink_to(tmp_path / "outside")
    (here / "a-link.yaml").symlink_to(here / "real" / "a.yaml")
    (here / "b-link.yml").symlink_to(tmp_path / "outside" / "b.yaml")
    found = discover(["."])
    assert found.unreadable == ()
    assert found.files == ("far/b.yaml", "real/a.yaml")  # under the name that is no link itself
    (here / "real" / "loop").unlink()
    assert discover(["alias"]).files == ("alias/a.yaml",)


def test_links_that_lead_nowhere_are_told_and_nothing_is_raised(here: Path) -> None:
    lay(here, "a.yaml")
    (here / "gone.yaml").symlink_to(here / "nowhere")
    (here / "self.yaml").symlink_to(here / "self.yaml")
    found = discover([".", "gone.yaml"])
    assert found.files == ("a.yaml",)
    assert {problem.name for problem in found.unreadable} == {"gone.yaml", "self.yaml"}
    assert all(problem.reason for problem in found.unreadable)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that may not be read")
def test_folders_that_may_not_be_read_are_told(here: Path) -> None:
    lay(here, "a.yaml", "shut/b.yaml")
    (here / "shut").chmod(0)
    found = discover(["."])
    (here / "shut").chmod(0o700)
    assert (found.files, [problem.name for problem in found.unreadable]) == (("a.yaml",), ["shut"])


def test_folders_that_vanish_are_told(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(here, "a.yaml", "shut/b.yaml")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = discover(["."])
    assert found.files == ("a.yaml",)
    assert found.unreadable == (("shut", "permission denied"),)


PATHS = (
    "a", "a.yaml", "b/a.yaml", "b/c/a.yaml", "b/c/d/a.yaml", "c/a.yaml", "a-b.yaml", "x y.yaml", "[q].yaml", "!n.yaml",
    "#h.yaml", "s .yaml", "b/x1.yaml", "b/x2.yaml", "b/xa.yaml", "d/b/c/z.yaml", "d/e/f/b/z.yaml",
)  # fmt: skip


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge")
@pytest.mark.parametrize(
    "patterns",
    [
        ["a.yaml"], ["/a.yaml"], ["b"], ["b/"], ["a/"], ["b/c"], ["c/a.yaml"], ["**/c"], ["b/**"], ["b/**/a.yaml"],
        ["**/b/*.yaml"], ["*.yaml", "!a.yaml"], ["*", "!*/", "!a.yaml"], ["b/", "!b/a.yaml"], ["x?.yaml", "b/x?.yaml"],
        ["x[0-9].yaml"], ["x[!0-9].yaml"], ["x[^a-z].yaml"], ["x[[:digit:]].yaml"], ["x[12a-].yaml"], ["\\[q\\].yaml"],
        ["[q].yaml"], ["\\!n.yaml"], ["!n.yaml"], ["\\#h.yaml"], ["#h.yaml"], ["x y.yaml  "], ["a.yaml\\"], ["x[1"],
        ["/*", "!/b"], ["**"], ["/**", "!a.yaml"], ["d/**/z.yaml"], ["d/*/z.yaml"], ["*a*"], ["x[]1].yaml"], ["", "/"],
        ["x[2-1].yaml"], ["***/a.yaml"], ["b/c/d/"], ["*.y*ml", "!b/**"], ["[[:nope:]]*"], ["x[\\]1].yaml"],
    ],
)  # fmt: skip
def test_patterns_mean_what_git_means(here: Path, patterns: list[str]) -> None:
    (here / ".git").rmdir()
    subprocess.run(["git", "init", "-q", "."], check=True)
    lay(here, *PATHS, **{".gitignore": "\n".join(patterns) + "\n"})
    judged = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z"],
        input="\0".join(PATHS), capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = Patterns(patterns)
    assert {path for path in PATHS if ours.covers(path)} == set(judged.stdout.split("\0")) - {""}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pid = os.fork()
    if not pid:
        with open(pipe, "wb", buffering=0) as stream:
            for number in range(50):
                stream.write(b"%d\n" % number * 3_000)
        os._exit(0)
    assert DISK.read(str(pipe)) == b"".join(b"%d\n" % number * 3_000 for number in range(50))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_files_of_any_size_are_read_whole(tmp_path: Path) -> None:
    for size in (0, 1, 5_000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20):
        (tmp_path / "f").write_bytes(b"x" * size)
        assert DISK.read(str(tmp_path / "f")) == b"x" * size
    with pytest.raises(IsADirectoryError):
        DISK.read(str(tmp_path))
    with pytest.raises(FileNotFoundError):
        DISK.read(str(tmp_path / "nothing"))
