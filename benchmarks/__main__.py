"""`python -m benchmarks [NAME [OPTIONS]]`: one workload with its options, or all of them."""

from __future__ import annotations

import sys

from benchmarks.registry import workloads


def main(arguments: list[str]) -> int:
    known = workloads()
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name and name not in known:
        print("\n".join(f"{w.name:<14} {w.about}" for w in known.values()), file=sys.stderr)
        return 2
    chosen = [known[name]] if name else list(known.values())
    return max(workload.run(rest) for workload in chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
