"""Videos with a label track: `weld.mp4` and `weld.csv` (start_s, end_s, label).

Frames become samples at the rate that the options ask for, and are written as PNG into the folder they name; the video
is the group. A frame outside of all labels is a negative. Where there are pictures too, the videos are the set only if
one of them has a label track. Knows the files. Decoding is `video_frames`' matter.
"""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from PIL import Image

from beadwatch.datasets.importers.base import ImportOptions
from beadwatch.datasets.importers.group_table import NAME as GROUP_TABLE
from beadwatch.datasets.importers.label_track import read_track
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.importers.video_frames import Pixels, open_video
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.domain.errors import DatasetError

VIDEO_SUFFIXES = (".mp4", ".avi", ".mkv", ".mov")


class LabelledVideo:
    """Reads videos with label tracks."""

    name = "video"
    layout = "*.mp4, avi, mkv or mov, each with a label track *.csv of the same name (start_s,end_s,label)"

    def recognises(self, tree: Tree) -> bool:
        """Say whether there is a video that can be what the set is about."""
        videos = tree.with_suffix(tree.root, *VIDEO_SUFFIXES)
        if any(f"{path.stem}.csv" in tree.files(tree.root) for path in videos):
            return True
        return bool(videos) and not any(tree.pictures(folder) for folder in tree.walk())

    def read(self, tree: Tree, options: ImportOptions) -> Iterator[Sample]:
        """Yield frames of each video in order of time, after writing them; see `Importer.read`."""
        root, problems = tree.root, tree.problems
        if options.frames_dir is None:
            raise DatasetError(f"{root}: the frames of a video need a folder to be written to (frames_dir)")
        videos = {path.stem: path for path in reversed(tree.with_suffix(root, *VIDEO_SUFFIXES))}
        for path in tree.with_suffix(root, *VIDEO_SUFFIXES):
            track = tree.files(root).get(f"{path.stem}.csv")
            tree.use(path)
            if videos[path.stem] != path:
                problems.report(path, f"shares its label track with {videos[path.stem].name!r}; rename one of them")
            elif track is None:
                problems.report(path, f"has no label track; write {path.stem}.csv with start_s,end_s,label")
            else:
                tree.use(track)
                yield from _read_video(path, track, tree, options)
        for path in tree.with_suffix(root, ".csv"):
            if path.stem not in videos and path.name != GROUP_TABLE:
                tree.use(path)
                problems.report(path, f"a label track without its video {path.stem}.mp4")


def _read_video(path: Path, track_file: Path, tree: Tree, options: ImportOptions) -> Iterator[Sample]:
    assert options.frames_dir
    video = open_video(path, tree.problems)
    if video is None:
        return
    with closing(video):
        track = read_track(track_file, video.end_s, tree.problems)
        if track is None:
            return
        for time_s, pixels in video.frames(options.frames_per_s):
            interval = track.at(time_s)
            if interval is None and not track.complete:
                continue
            ours = options.our_name(interval.label) if interval else None
            target = options.frames_dir / path.stem / f"{path.stem}-{round(time_s * 1000):09d}ms.png"
            _write(target, pixels)
            yield Sample(target, labelled(ours) if ours else (), options.source, path.stem)


def _write(target: Path, pixels: Pixels) -> None:
    part = target.with_suffix(f".{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(part, "PNG", compress_level=1)
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise DatasetError(f"{target}: the frame cannot be written: {error.strerror or error}") from error
