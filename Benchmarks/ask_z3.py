"""Asks Z3 the questions that `pni-bench algebra --export` wrote: is every flow of G in P?

The encoding is the one of SecGuru (Bjorner, Jayaraman: "Checking Cloud Contracts in Microsoft Azure"):
bit-vectors for the service and the address, a disjunction of intervals for each side, and the
question whether G and not P can hold. Needs z3-solver from PyPI.
"""

import sys
import time

import z3


def side(lines, service, address):
    return z3.Or(
        [
            z3.And(z3.ULE(a, service), z3.ULE(service, b), z3.ULE(c, address), z3.ULE(address, d))
            for a, b, c, d in lines
        ]
    )


def main():
    print("question          ours ms     z3 encode ms   z3 check ms    check / ours")
    for path in sys.argv[1:]:
        with open(path) as file:
            head = file.readline().split()
            rows = [line.split() for line in file]
        group = [tuple(map(int, row[1:])) for row in rows if row[0] == "G"]
        policy = [tuple(map(int, row[1:])) for row in rows if row[0] == "P"]
        name, ours = head[1], float(head[2])
        start = time.perf_counter()
        service, address = z3.BitVec("service", 24), z3.BitVec("address", 32)
        solver = z3.Solver()
        solver.add(side(group, service, address), z3.Not(side(policy, service, address)))
        encoded = time.perf_counter()
        answer = solver.check()
        done = time.perf_counter()
        expected = z3.sat if name.startswith("hole") else z3.unsat
        if answer != expected:
            sys.exit(f"{name}: Z3 says {answer}, expected {expected}")
        check = done - encoded
        print(
            f"{name:<14}{ours * 1e3:>12.5f}{(encoded - start) * 1e3:>16.1f}"
            f"{check * 1e3:>14.1f}{check / ours:>16.0f}"
        )


if __name__ == "__main__":
    main()
