"""Runs one command and measures its cost.

A child starts with the peak memory of the process that it was forked from, so a measuring Python
would hide every peak below its own. A C program of a few lines stands between: its own peak is
about 1 MiB.
"""
import dataclasses
import os
import signal
import subprocess

LAUNCHER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) { /* launcher RESULT COMMAND... */
    struct timespec from, to;
    struct rusage used;
    int status;
    FILE *result;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) < 0 || !(result = fopen(argv[1], "w"))) return 126;
    clock_gettime(CLOCK_MONOTONIC, &to);
    fprintf(result, "%d %.6f %.6f %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
        (to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9,
        used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
        used.ru_maxrss);
    return fclose(result) != 0;
}
"""


@dataclasses.dataclass
class Run:
    """`failure` is empty if the command succeeded. Times in seconds; memory in MiB of the largest of its processes."""
    failure: str
    wall: float = 0
    cpu: float = 0
    mib: float = 0


class Launcher:
    def __init__(self, folder, max_seconds):
        self.program = os.path.join(folder, "launcher")
        self.result = os.path.join(folder, "launched")
        self.max_seconds = max_seconds
        subprocess.run(["cc", "-O1", "-x", "c", "-", "-o", self.program], input=LAUNCHER, text=True, check=True)

    def run(self, command):
        # A session of its own, so that all of a pipeline can be ended.
        process = subprocess.Popen([self.program, self.result, *command], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        try:
            _, talk = process.communicate(timeout=self.max_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Run(f"more than {self.max_seconds:g} s")
        if process.returncode:
            return Run(f"launcher ended with {process.returncode}")
        with open(self.result) as file:
            status, wall, cpu, kib = file.read().split()
        last = talk.decode(errors="replace").strip().splitlines()[-1:] or [""]
        failure = f"exit status {status}: {last[0][:120]}" if status != "0" else ""
        return Run(failure, float(wall), float(cpu), int(kib) / 1024)
