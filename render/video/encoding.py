"""stand-in"""
from __future__ import annotations
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import os
from render.video import ffmpeg
from render.video.ffmpeg import FrameFeed
from render.video.mp4 import _BT709, _H264, chapter_metadata, _TRACK
from render.video.subtitles import ass, subtitle_files
from render.video.whole import whole_file
from render.video.writer import check_output

@dataclass(frozen=True)
class Encoding:
    size: tuple[int,int]
    fps: int
    suffix: str = ".mp4"
    @property
    def settings(self): return {"size": self.size, "fps": self.fps, "args": _H264}
    @contextmanager
    def segment(self, path):
        with FrameFeed(["-vf", _BT709, *_H264[:-4], "-threads","1","-flags:v", "+bitexact", "-crf","18","-fflags","+bitexact","-f","mp4",str(path)], path, self.size, self.fps) as f: yield f
    def join(self, files, output, chapters, cues):
        with whole_file(output) as part, subtitle_files(output, cues):
            marks, words, lst = part.with_name("chapters.txt"), part.with_name("subtitles.ass"), part.with_name("list.txt")
            marks.write_text(chapter_metadata(chapters), encoding="utf-8")
            words.write_text(ass(cues), encoding="utf-8")
            lst.write_text("".join(f"file '{f}'\n" for f in files))
            args=["-f","concat","-safe","0","-i",str(lst),"-f","ffmetadata","-i",str(marks),"-f","ass","-i",str(words),"-map","0:v","-map_chapters","1","-c:v","copy",*(_TRACK if cues else ()),"-fflags","+bitexact","-movflags","+faststart","-f","mp4",str(part)]
            ffmpeg.run(args, output)

def encoding_for(path, size, fps): return Encoding(size, fps)
