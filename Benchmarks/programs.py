"""The programs that scripts measure, built for release; for scripts/bench, guard-speed and fuzz-json."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def lint():
    """Builds pni-lint as it is given to others and returns its path."""
    output = subprocess.run([os.path.join(ROOT, "scripts/release")], check=True, stdout=subprocess.PIPE, text=True).stdout
    return os.path.join(ROOT, output.split()[-1])


def bench():
    """Builds pni-bench with the same flags, so that nothing is compiled twice, and returns its path."""
    output = subprocess.run([os.path.join(ROOT, "scripts/release"), "pni-bench"], check=True, stdout=subprocess.PIPE,
                            text=True).stdout
    return output.split()[-1]


def swift_version():
    """The version of the compiler, as 6.3.1."""
    text = subprocess.run(["swift", "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"Swift version (\S+)", text)
    return found.group(1) if found else "unknown"


def has_jobs(program):
    """Whether the program can be told how many threads to use."""
    text = subprocess.run([program, "lint", "--help"], capture_output=True, text=True).stdout
    return "--jobs" in text
